"""Decides the payment of every order."""
