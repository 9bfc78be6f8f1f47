"""Generates valid events of a contract: the same data for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from uuid import UUID

from trunklab.contracts.contract import Contract
from trunklab.contracts.event_schema import example_event
from trunklab.errors import UsageError
from trunklab.operate.field_assignments import Assignment
from trunklab.patterns.operators import expected
from trunklab.patterns.parse import Branch
from trunklab.patterns.pattern import Pattern
from trunklab.printable import printable
from trunklab.rules.event_search import matching_event, prepared
from trunklab.rules.impossible_clauses import blame
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.goals import Found
from trunklab.schema_solver.random_values import some_value
from trunklab.schema_solver.schema_paths import at
from trunklab.schema_solver.shape import JSON, Node
from trunklab.schema_solver.validate import node_accepts
from trunkline.emitted import holds_unsendable
from trunkline.envelope import metadata_fault

_DATA: Final = ("detail", "data")
_SUBJECT: Final = "subject"

_DRAWS_MAX: Final = 20
"""Random values that are tried for one subject, or for one event."""


class NoEventError(UsageError):
    """No event of the contract is what was asked for, or none was found."""


@dataclass(frozen=True)
class Request:
    """Requirements for all generated events of a contract.

    Events resemble the contract's examples, in turn; `is_random` draws every field instead.
    """

    contract: Contract
    assignments: tuple[Assignment, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    is_random: bool = False


def data_node(contract: Contract, *path: str) -> Node:
    """Returns the place of the data, or of a field of it, in the schema of the events."""
    return at(prepared(contract).node, (*_DATA, *path))[0]


def generate(request: Request, seed: str, count: int) -> Iterator[dict[str, Any]]:
    """Yields the data of valid events; the n-th depends only on seed and n.

    Raises NoEventError.
    """
    for number in range(count):
        random = Random(f"{seed}/{number}")  # noqa: S311 - test data, no secrets
        yield _data(request, random, number)


def _data(request: Request, random: Random, number: int) -> dict[str, Any]:
    problem = "only events that the bus refuses were found"
    for _ in range(_DRAWS_MAX if request.is_random else 1):
        try:
            data = _nearest(request, _base(request, random, number))
        except UndecidedError as error:
            problem = str(error)
        except NoValueError as error:
            raise NoEventError(f"{request.contract.name}: {error}.") from error
        else:
            if not holds_unsendable(data):
                return data
    raise NoEventError(f"{request.contract.name}: {problem}; change --set or the pattern.")


def _base(request: Request, random: Random, number: int) -> dict[str, Any]:
    """Returns data with a new subject and the assignments, which need not be valid together."""
    contract = request.contract
    examples = prepared(contract).examples
    if examples and not request.is_random:
        data = dict(examples[number % len(examples)]["detail"]["data"])
    else:
        data = dict(some_value(data_node(contract), random))
    if contract.subject in data:
        data[contract.subject] = _new_subject(contract, random, data[contract.subject])
    for assignment in request.assignments:
        data = assignment.put_into(data)
    return data


def _new_subject(contract: Contract, random: Random, old: JSON) -> JSON:
    """Returns a new id, since consumers may treat a known one as a repetition."""
    node = data_node(contract, contract.subject)
    text: JSON = str(UUID(int=random.getrandbits(128), version=4))
    for _ in range(_DRAWS_MAX):
        if node_accepts(node, text) and not metadata_fault(_SUBJECT, text):
            return text
        text = some_value(node, random)
    return old


def _nearest(request: Request, data: dict[str, Any]) -> dict[str, Any]:
    """Returns the valid data nearest to the given data that fits the request."""
    contract = request.contract
    event = example_event(contract.document, data)
    assigned: Branch = {
        (*_DATA, *one.path): (condition,)
        for one in request.assignments
        if (condition := one.condition) is not None
    }
    patterns = [*request.patterns, *([Pattern("--set", [assigned])] if assigned else [])]
    found = matching_event(patterns, prepared(contract), Found(event))
    if found is None:
        raise NoEventError(f"{contract.name}: {_impossible(request)}")
    made: dict[str, Any] = found["detail"]["data"]
    for assignment in request.assignments:
        if not assignment.holds_in(made):
            problem = "is in no valid event together with the other fields"
            raise NoEventError(f"{contract.name}: {assignment} {problem}; change --set.")
    _refuse_other_changes(event, found)
    return made


def _refuse_other_changes(event: dict[str, Any], found: JSON) -> None:
    """Raises NoEventError if a pattern wants more than data, which alone can be chosen."""
    known = event | event["detail"]["metadata"]
    for name, value in (found | found["detail"]["metadata"]).items():
        if name not in {"detail", _SUBJECT} and known.get(name) != value:
            shown = printable(f"{name} = {value}")
            raise NoEventError(f"The pattern needs {shown}: use clauses on detail.data only.")


def _impossible(request: Request) -> str:
    """Returns why no event fits, with the first condition that no event passes."""
    clauses = [
        item for one in request.patterns for branch in one.branches for item in branch.items()
    ]
    for path, clause in clauses:
        for condition in clause:
            reason = blame(request.contract, path, condition)
            if reason is not None:
                allowed = reason.values or reason.allowed or reason.known or reason.types
                shown = printable(f"{expected(condition)} never passes for {'.'.join(path)}")
                return f"{shown} ({reason.cause}); possible: {', '.join(map(str, allowed))}."
    given = [*map(str, request.assignments), *(pattern.text for pattern in request.patterns)]
    return f"no valid event fits {printable(' and '.join(given))}; change --set or the pattern."
