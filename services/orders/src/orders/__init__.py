"""Accepts orders over HTTP and follows their payment."""
