"""Tells customers what happened to their payments."""
