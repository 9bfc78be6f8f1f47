"""Checks of what a change of the templates would do to data on AWS."""
