"""Searches an event of the new contract that a consumer's rule takes and that shows a break."""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from difflib import unified_diff
from functools import cached_property
from json import dumps
from random import Random
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from trunklab.contracts.compatibility.contract_changes import Breaks, Change
from trunklab.contracts.compatibility.open_and_closed import closed, opened
from trunklab.contracts.compatibility.schema_inclusion import home
from trunklab.contracts.contract import Contract
from trunklab.contracts.event_schema import example_event
from trunklab.contracts.impact.field_paths import Path
from trunklab.contracts.impact.path_outcomes import below
from trunklab.patterns.pattern import Pattern
from trunklab.rules.verdict import Kind, Verdict, verdict
from trunklab.schema_solver.errors import ShapesError
from trunklab.schema_solver.random_values import example_like, some_value
from trunklab.schema_solver.schema_paths import at
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import JSON, ArrayShape, Node, Shape
from trunklab.schema_solver.validate import validator

RANDOM_EVENTS_MAX: Final = 60
"""Random events that are tried where no made one shows the break."""

Shows = Callable[[JSON], bool]
"""Whether an event's data shows the break."""


class Versions:
    """Two versions of one contract, with everything that is asked of them more than once."""

    def __init__(self, old: Contract, new: Contract, changes: list[Change]) -> None:
        self.old = old
        self.new = new
        self.changes = changes
        self.old_node: Node = node(old.document)
        self.new_node: Node = node(new.document)

    @cached_property
    def sent(self) -> Contract:
        """The new contract as producers send it, with the old examples as near as it allows."""
        document = closed(self.new.document)
        examples = [*self._adapted(node(document)), *self.new.examples]
        return Contract(self.new.path, {**document, "examples": examples})

    @cached_property
    def promised(self) -> Contract:
        """The old contract as producers sent it."""
        return Contract(self.old.path, closed(self.old.document))

    @cached_property
    def is_sent(self) -> Shows:
        """Whether a producer of the new contract may send the data."""
        return validator(closed(self.new.document)).is_valid

    def refusals(self, data: JSON) -> list[Path]:
        """The places that the model of the old contract refuses, lists stepped through."""
        return [
            tuple(step for step in error.instance_path if isinstance(step, str))
            for error in self._reader.iter_errors(data)
        ]

    @cached_property
    def _reader(self) -> Draft202012Validator:
        """The model of the old contract, open as consumers are."""
        return validator(opened(self.old.document))

    @cached_property
    def random_data(self) -> list[JSON]:
        """Valid data of the new contract, the same every time."""
        made = []
        place = node(closed(self.new.document))
        for seed in range(RANDOM_EVENTS_MAX):
            try:
                made.append(some_value(place, Random(seed)))  # noqa: S311 - examples, no secrets
            except ShapesError:
                break
        return made

    def paths_to(self, place: str, path: Path) -> list[Path]:
        """Every path at which the new contract's schema at that place counts; at least this one."""
        found = [
            one
            for one in below(self.new_node, ())
            if any(home(spot) == place for spot in at(self.new_node, one))
        ]
        return found or [path]

    def _adapted(self, place: Node) -> Iterator[JSON]:
        for example in self.old.examples:
            try:
                yield example_like(place, example)
            except ShapesError:
                continue


def _shapes(root: Node, path: Path) -> list[Shape]:
    return [shape for spot in at(root, path) for shape in spot.alternatives()]


class Search:
    """The events of the new contract that one rule takes."""

    def __init__(self, versions: Versions, pattern: Pattern | None) -> None:
        self.versions = versions
        self._pattern = pattern

    @cached_property
    def now(self) -> Verdict | None:
        """How often the rule takes events of the new contract; None without a pattern."""
        return self._verdict(self.versions.sent)

    @cached_property
    def before(self) -> Verdict | None:
        """The same for the old one."""
        return self._verdict(self.versions.promised)

    @cached_property
    def bases(self) -> list[JSON]:
        """Data of events that the rule takes, near to the old examples."""
        events = [one for one in self.versions.sent.event_examples if self.takes(one)]
        if self.now is not None and self.now.matching is not None:
            events.append(self.now.matching)
        found = [event["detail"]["data"] for event in events]
        return [data for data in found if self.versions.is_sent(data)]

    def never_takes(self, path: Path, what: JSON) -> bool:
        """Whether the rule provably takes no event whose value at the path follows a schema.

        Below a list the value may stand in any element, and nothing is proved.
        """
        document = closed(self.versions.new.document)
        narrow = what
        for length in range(len(path), 0, -1):
            if any(
                isinstance(one, ArrayShape) for one in _shapes(node(document), path[: length - 1])
            ):
                return False
            required = [] if narrow is False else [path[length - 1]]
            narrow = {"properties": {path[length - 1]: narrow}, "required": required}
        narrowed = {**document, "allOf": [*document.get("allOf", []), narrow], "examples": []}
        try:
            found = self._verdict(Contract(self.versions.new.path, narrowed))
        except ShapesError:
            return False
        return found is not None and found.kind is Kind.NEVER

    def takes(self, event: JSON) -> bool:
        """Whether the rule takes the event."""
        return self._pattern is None or self._pattern.matches(event)

    def event(self, candidates: Iterable[JSON], shows: Shows) -> JSON:
        """The first event that may be sent, is taken and shows the break; None if none does."""
        for data in self._tried(candidates):
            if isinstance(data, dict) and self.versions.is_sent(data) and shows(data):
                event = example_event(self.versions.new.document, deepcopy(data))
                if self.takes(event):
                    return event
        return None

    def nearest(self, event: JSON) -> JSON:
        """The old example that differs least from the event; one that the rule took, if any."""
        examples = list(self.versions.old.event_examples)
        taken = [example for example in examples if self.takes(example)]
        return min(taken or examples, key=lambda one: len(diff(one, event)), default=None)

    def _tried(self, candidates: Iterable[JSON]) -> Iterator[JSON]:
        yield from candidates
        yield from self.bases
        for change in self.versions.changes:
            yield from (change.witnesses[one] for one in Breaks if one in change.witnesses)
        yield from self.versions.random_data

    def _verdict(self, contract: Contract) -> Verdict | None:
        return None if self._pattern is None else verdict(self._pattern, [contract])


def diff(old: Any, new: Any) -> list[str]:
    """The lines in which two events differ as JSON, with those around them."""
    before, after = (
        dumps(one, indent=2, ensure_ascii=False).splitlines() if one is not None else []
        for one in (old, new)
    )
    lines = list(unified_diff(before, after, "old example", "new event", lineterm=""))
    return lines[:2] + [line for line in lines[2:] if not line.startswith("@@")]
