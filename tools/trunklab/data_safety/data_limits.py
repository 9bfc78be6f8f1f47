"""Bounds of the comparison of templates, with their units."""

from typing import Final

NESTED_LEVELS_MAX: Final = 10
"""Levels of nested stacks: ours; a stack that contains itself ends here."""
