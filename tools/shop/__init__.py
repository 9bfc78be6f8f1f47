"""The shop as a whole: the demo with its sample orders, and what it reports."""
