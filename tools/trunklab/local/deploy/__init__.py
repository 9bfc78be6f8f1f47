"""Deploys templates to the local platform: packages, translation, the rented CloudFormation."""
