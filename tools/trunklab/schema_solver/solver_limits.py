"""Every bound of the shapes, with its unit and why it is so large."""

from typing import Final

ALTERNATIVES_MAX: Final = 1_000
"""Shapes of one schema after all unions in it are multiplied out."""

REFERENCES_MAX: Final = 100
"""References and combinations followed to reach one shape; more is a loop."""

PATTERN_CHARACTERS_MAX: Final = 2_000
"""Characters of a regular expression."""

EXPRESSION_DEPTH_MAX: Final = 50
"""Groups within groups of a regular expression."""

STATES_MAX: Final = 20_000
"""States of one regular expression once its repetitions are written out."""

TEXT_STEPS_MAX: Final = 500_000
"""Moves of single states in search of one text: some tenths of a second."""

CLASSES_MAX: Final = 512
"""Kinds of characters that the expressions of one question tell apart."""

GRAPH_STATES_MAX: Final = 1_500
"""States of the automaton in which random texts are walked."""

SOLVE_STEPS_MAX: Final = 20_000
"""Shapes looked at in search of one value."""

SPLITS_MAX: Final = 64
"""Ways in which a clause that also takes absence is read, for all clauses of a branch."""

CHOICES_MAX: Final = 500
"""Ways tried in which all branches of a pattern could fail; some milliseconds each."""

PAIRS_MAX: Final = 2_000
"""Branches, or pairs of branches of two patterns, for which an event is searched."""

UNDECIDED_MAX: Final = 20
"""Dead ends in search of one value after which it is given up: each may have cost a long time."""

PRODUCT_MAX: Final = 100_000
"""Pairs of shapes that are merged for one `allOf`."""

GROUPS_SPREAD_MAX: Final = 4
"""Wants that are spread over the elements of one array in every way."""

ELEMENTS_MAX: Final = 1_000
"""Elements an array that is made up may have to have."""

VALUE_DEPTH: Final = 6
"""Levels of a random value after which the simplest continuation is taken."""

CACHED_MAX: Final = 1_024
"""Compiled expressions and validators that are kept."""

OFFERS_MAX: Final = 200
"""Texts tried before one is searched: those that the example and the conditions spell."""

SPREADS_MAX: Final = 1_000
"""Ways tried to spread wants over the elements of one array."""

VALUES_TRIED_MAX: Final = 200
"""Random elements tried for one array."""
