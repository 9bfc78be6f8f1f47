"""Follows an event through a service's source text, without running or importing it."""
