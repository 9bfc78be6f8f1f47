"""Orders of the small shop."""
