"""Every bound of the rules engine, with its unit and source."""

from typing import Final

PATTERN_CHARACTERS_MAX: Final = 4_096
"""The API's limit. An account's quota is 2,048 unless AWS raised it."""

PATTERN_DEPTH_MAX: Final = 100
"""Levels of a pattern, dots in keys included (our own limit; a useful pattern has five)."""

BRANCHES_MAX: Final = 1_000
"""Combinations of all `$or` of one pattern (AWS)."""

WILDCARD_COMPLEXITY_MAX: Final = 9
"""Places of one wildcard at which a text may be at once; AWS does not publish its number.

event-ruler recommends to reject from 10, which agrees with AWS's one known rejection.
"""

WILDCARD_STATES_MAX: Final = 5_000
"""Sets of places that the complexity estimate visits; more are too complex."""

SEARCH_STEPS_MAX: Final = 300_000
"""Leaves visited in an event with dotted keys; only a hostile event needs so many."""

VALUES_REMEMBERED_MAX: Final = 64
"""Values of one field whose branches are cached."""

CHARACTERS_REMEMBERED_MAX: Final = 256
"""Characters of a value, source or detail-type that is cached; AWS's names are not longer."""

STRETCHES_REMEMBERED_MAX: Final = 1_024
"""Intervals between two bounds of one field whose branches are cached."""

RECORD_KEYS_MAX: Final = 128
"""Keys up to which all rules share records; the parser compares an event's keys with them."""

RECORD_FIELDS_MAX: Final = 1_000
"""Fields up to which a block of rules reads records: more code takes seconds to generate."""

BLOCKS: Final = 20
"""Blocks that rules are split into: more take long to generate, fewer hold long sets."""

BLOCK_BRANCHES_MIN: Final = 64
"""Branches of a block besides those in all blocks; fewer would not make sets shorter."""

KINDS_OF_BRANCH_MAX: Final = 64
"""Kinds up to which a branch that names them all is only in their blocks."""

OWN_BLOCKS_MAX: Final = 128
"""Blocks for single kinds of events; other kinds share blocks."""

OWN_BRANCHES_MAX: Final = 16
"""Branches of a block for one kind: generating code pays off for a few."""

KINDS_MAX: Final = 4_096
"""Pairs of source and detail-type whose branches are cached."""
