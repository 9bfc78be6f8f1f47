"""Keeps the house: the rules of style that no formatter, linter or type checker knows."""
