"""Compares contracts with what was promised before, and judges the differences."""
