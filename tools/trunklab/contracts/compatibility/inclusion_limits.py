"""Bounds of the comparison, with their units."""

from typing import Final

VERSIONS_MAX: Final = 200
"""Committed versions of one contract that a transitive policy looks back at."""

NUMBERS_TRIED_MAX: Final = 240
"""Neighbouring numbers tried per segment between two bounds: enough for every usual step."""

UNION_CASES_MAX: Final = 256
"""Ways in which a string can be rejected by every alternative of a union."""

VALUES_TRIED: Final = 100
"""Random values tried if inclusion in a union of objects or arrays is not proved."""

ELEMENTS_MAX: Final = 10_000
"""Elements of an array that is made to show a difference."""

UNIQUE_TRIES_MAX: Final = 100
"""Random elements drawn for an array with unique elements."""

VALUE_CHARACTERS_SHOWN: Final = 120
"""Characters of an example in a finding."""
