"""The HTTP front of the local platform: its endpoint, HTTP APIs, and who may connect."""
