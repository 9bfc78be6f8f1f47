"""Checks every rule of a repository against its contracts, its handlers and its producers."""
