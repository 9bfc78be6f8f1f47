"""Every bound of the rules engine, with its unit and where it comes from."""

from typing import Final

PATTERN_CHARACTERS_MAX: Final = 4_096
"""The API's own limit. The quota of an account is 2,048 unless AWS raised it."""

PATTERN_DEPTH_MAX: Final = 100
"""Levels of a pattern, those that dots in its keys make too: ours; a useful one has five."""

BRANCHES_MAX: Final = 1_000
"""Combinations of all `$or` of one pattern (AWS)."""

WILDCARD_COMPLEXITY_MAX: Final = 9
"""Places of one wildcard at which a text may stand at once; AWS's own number is not published.

event-ruler advises 10 as the first that is refused, and so AWS's one known refusal fits.
"""

WILDCARD_STATES_MAX: Final = 5_000
"""Sets of places that the estimate of complexity looks at before it gives up: too complex."""

SEARCH_STEPS_MAX: Final = 300_000
"""Leaves looked at in an event with keys that contain dots; only a hostile one needs so many."""

VALUES_REMEMBERED_MAX: Final = 64
"""Values of one field whose branches are kept."""

CHARACTERS_REMEMBERED_MAX: Final = 256
"""Characters of a value, a source or a detail type that is kept; AWS's names are no longer."""

STRETCHES_REMEMBERED_MAX: Final = 1_024
"""Stretches between two bounds of one field whose branches are kept."""

RECORD_KEYS_MAX: Final = 128
"""Keys up to which all rules read the same records; the parser compares an event's with them."""

RECORD_FIELDS_MAX: Final = 1_000
"""Fields up to which a block of rules reads records: code for more takes seconds to make."""

BLOCKS: Final = 20
"""Into how many blocks rules are dealt: more would take long to make, fewer hold long sets."""

BLOCK_BRANCHES_MIN: Final = 64
"""Branches of a block, beside those that stand in all; fewer would make no set shorter."""

KINDS_OF_BRANCH_MAX: Final = 64
"""Kinds up to which a branch that names them all stands only in their blocks."""

OWN_BLOCKS_MAX: Final = 128
"""Blocks that kinds of events have to themselves; the rest shares those that rules are dealt to."""

OWN_BRANCHES_MAX: Final = 16
"""Branches of such a block: for a few, a code that reads only their fields is worth its making."""

KINDS_MAX: Final = 4_096
"""Pairs of source and detail type whose branches are kept."""
