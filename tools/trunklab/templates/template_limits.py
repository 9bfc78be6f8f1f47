"""Every bound of the reading of a repository, with its unit and where it comes from."""

from typing import Final

TEMPLATES_MAX: Final = 2_000
"""Templates of one repository: ours."""

MODULES_MAX: Final = 5_000
"""Python files of one service: ours."""

MODULE_BYTES_MAX: Final = 1024 * 1024
"""Of one Python file: ours."""

PATTERN_TEXT_DEPTH_MAX: Final = 250
"""Levels of a pattern that is text; the engine refuses fewer, and says so itself."""
