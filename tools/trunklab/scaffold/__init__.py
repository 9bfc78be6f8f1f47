"""Adds and removes services, consumers and events of a repository."""
