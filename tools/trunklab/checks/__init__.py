"""Checks of sources, rules, contracts and templates; what they find is read, not raised."""
