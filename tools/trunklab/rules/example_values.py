"""What the examples of a contract say at once, so that less has to be worked out."""

from collections.abc import Iterator, Mapping, Sequence

from trunklab.contracts.contract import Contract
from trunklab.patterns.conditions import Condition, Value
from trunklab.patterns.parse import Clause, Path, accepts_absence, passes

Values = Sequence[Sequence[Value]]
"""The leaves at one path, for each example."""


def values(contract: Contract, path: Path) -> Values:
    """The leaves at a path of each example; keys with dots are not looked into."""
    return [list(_leaves(event, path)) for event in contract.event_examples]


def one_passes(found: Values, condition: Condition) -> bool:
    """Whether an example shows that the condition can pass."""
    return any(condition.passes(value) for some in found for value in some)


def one_fails(found: Values, clause: Clause) -> bool:
    """Whether an example shows that the clause says something."""
    return any(
        not any(passes(clause, value) for value in some)
        and (bool(some) or not accepts_absence(clause))
        for some in found
    )


def _leaves(value: object, path: Path) -> Iterator[Value]:
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element, path)
    elif isinstance(value, Mapping):
        if path and path[0] in value:
            yield from _leaves(value[path[0]], path[1:])
    elif not path and (value is None or isinstance(value, str | int | float)):
        yield value
