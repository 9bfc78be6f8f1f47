"""Regular expressions as trees, made by the parser and from the conditions of patterns."""

from dataclasses import dataclass

from trunklab.schema_solver import character_sets
from trunklab.schema_solver.character_sets import Charset


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    of: Charset


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; the empty text if there is none."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them."""

    options: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """Between so many and so many times; without end if there is no highest number."""

    part: "Expression"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of the text."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of the text."""


Expression = Chars | Sequence | Choice | Repeat | Start | End

ANYTHING = Repeat(Chars(character_sets.EVERY), 0, None)


@dataclass(frozen=True, slots=True)
class Demand:
    """A text has to match the expression as a whole; or, if it is not wanted, must not."""

    expression: Expression
    wanted: bool = True


def literal(text: str) -> Expression:
    """Exactly this text."""
    return Sequence(tuple(Chars(character_sets.of(one)) for one in text))


def somewhere(expression: Expression) -> Expression:
    """The expression anywhere in the text, as a schema's pattern is searched."""
    return Sequence((ANYTHING, expression, ANYTHING))
