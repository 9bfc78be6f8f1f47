"""The shop as a whole: the demo, its sample orders and its report."""
