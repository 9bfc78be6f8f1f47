"""Notifies customers of their payments."""
