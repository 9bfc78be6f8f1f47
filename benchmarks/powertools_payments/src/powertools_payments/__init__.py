"""Decides the payment of every order, written with Powertools alone."""
