"""How far the source is followed; beyond it the answer is "unknown", never a wrong one."""

from typing import Final

CALLS_MAX: Final = 5_000
"""Calls followed for one handler, in one round."""

DEPTH_MAX: Final = 25
"""Calls followed inside one another."""

ROUNDS_MAX: Final = 20
"""Rounds until what is kept in objects and returned by recursive calls stays the same."""

NESTING_MAX: Final = 120
"""Expressions within one another, in all functions that are being followed."""

PATH_NAMES_MAX: Final = 32
"""Names in one path: a deeper value is read as a whole."""
