"""Checks and verdicts of rules against contracts, handlers and producers; coverage."""
