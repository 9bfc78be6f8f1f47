"""Limits of the schema solver, with their units and reasons."""

from typing import Final

ALTERNATIVES_MAX: Final = 1_000
"""Shapes of one schema after its unions are multiplied out."""

REFERENCES_MAX: Final = 100
"""References and combinations followed to reach one shape; more is a loop."""

PATTERN_CHARACTERS_MAX: Final = 2_000
"""Characters of a regular expression."""

EXPRESSION_DEPTH_MAX: Final = 50
"""Groups within groups of a regular expression."""

STATES_MAX: Final = 20_000
"""States of one regular expression after its repetitions are written out."""

TEXT_STEPS_MAX: Final = 500_000
"""Moves of single states in the search of one string: some tenths of a second."""

CLASSES_MAX: Final = 512
"""Kinds of characters that the expressions of one search tell apart."""

SOLVE_STEPS_MAX: Final = 20_000
"""Shapes tried in the search of one value."""

DEAD_END_STEPS: Final = 1_000
"""Steps that an undecided leaf counts for: its search may have taken a long time."""

SPLITS_MAX: Final = 64
"""Combinations of present and absent fields for one branch, or of ways to pass its clauses."""

CHOICES_MAX: Final = 500
"""Ways tried in which all branches of a pattern could fail; some milliseconds each."""

PAIRS_MAX: Final = 2_000
"""Branches, or pairs of branches of two patterns, for which an event is searched."""

ELEMENTS_MAX: Final = 1_000
"""Elements of an array, or fields of a map, that are created to reach a minimum."""

VALUE_DEPTH: Final = 6
"""Levels of a random value; below them the simplest value is used."""

CACHED_MAX: Final = 1_024
"""Compiled expressions and validators that are kept."""

TEXTS_TRIED_MAX: Final = 200
"""Strings near the example and the conditions that are tried before a search."""

SPREADS_MAX: Final = 1_000
"""Ways tried to spread the groups of a goal over the elements of one array."""

VALUES_TRIED_MAX: Final = 200
"""Random elements tried for one array."""
