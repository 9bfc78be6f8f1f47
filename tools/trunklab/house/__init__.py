"""Keeps the house: environments, lock files, and the stages of `make check`.

What `tools/setup.py` reaches from here runs before anything is installed: standard library only.
"""
