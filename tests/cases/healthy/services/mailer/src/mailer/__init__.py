"""Mail of the small shop."""
