"""Consumers that a contract change breaks: the events they match, require and read."""
