"""Billing of the small shop."""
