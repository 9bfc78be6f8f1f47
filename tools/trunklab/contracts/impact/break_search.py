"""Searches for an event of the new contract that a rule matches and that shows a break."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from difflib import unified_diff
from functools import cached_property, reduce
from json import dumps
from operator import getitem
from random import Random
from typing import Any, Final

from jsonschema_rs import Draft202012Validator

from trunklab.contracts.compatibility.contract_changes import Change, closed, opened
from trunklab.contracts.compatibility.schema_inclusion import home
from trunklab.contracts.contract import Contract
from trunklab.contracts.event_schema import example_event
from trunklab.contracts.impact.field_paths import Path
from trunklab.contracts.impact.path_outcomes import below, outcomes
from trunklab.patterns.pattern import Pattern
from trunklab.rules.verdict import Kind, Verdict, verdict
from trunklab.schema_solver.errors import ShapesError
from trunklab.schema_solver.random_values import example_like, some_value
from trunklab.schema_solver.schema_paths import at, reached
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import JSON, ArrayShape, ConstantShape, Node, ObjectShape, Shape
from trunklab.schema_solver.validate import validator

RANDOM_EVENTS_MAX: Final = 60
"""Random events that are tried if no constructed event shows the break."""

Shows = Callable[[JSON], bool]
"""True if an event's data shows the break."""


class Versions:
    """Two versions of one contract, with the values that several checks need."""

    def __init__(self, old: Contract, new: Contract, changes: list[Change]) -> None:
        self.old = old
        self.new = new
        self.changes = changes
        self.old_node: Node = node(old.document)
        self.new_node: Node = node(new.document)

    @cached_property
    def sent(self) -> Contract:
        """The new contract as producers send it, with the old examples adapted to it."""
        document = closed(self.new.document)
        place, examples = node(document), []
        for example in self.old.examples:
            with suppress(ShapesError):
                examples.append(example_like(place, example))
        examples += self.new.examples
        return Contract(self.new.path, {**document, "examples": examples})

    @cached_property
    def promised(self) -> Contract:
        """The old contract as producers sent it."""
        return Contract(self.old.path, closed(self.old.document))

    @cached_property
    def is_sent(self) -> Shows:
        """True if a producer of the new contract may send the data."""
        return validator(closed(self.new.document)).is_valid

    @cached_property
    def _reader(self) -> Draft202012Validator:
        return validator(opened(self.old.document))

    def rejections(self, data: JSON) -> list[Path]:
        """Returns the paths that the model of the old contract, open as consumers are, rejects."""
        return [
            tuple(step for step in error.instance_path if isinstance(step, str))
            for error in self._reader.iter_errors(data)
        ]

    @cached_property
    def random_data(self) -> list[JSON]:
        """Valid data of the new contract, the same every time."""
        values: list[JSON] = []
        place = node(closed(self.new.document))
        with suppress(ShapesError):
            seeds = map(Random, range(RANDOM_EVENTS_MAX))
            values.extend(some_value(place, random) for random in seeds)
        return values

    def paths_to(self, place: str, path: Path) -> list[Path]:
        """Returns every path that the new schema at that place describes, at least this one."""
        paths = [
            candidate
            for candidate in below(self.new_node, ())
            if any(home(node) == place for node in at(self.new_node, candidate))
        ]
        return paths or [path]

    def is_same(self, path: Path) -> bool:
        """True if both versions allow the same values; of objects and lists only the type."""
        if outcomes(self.old_node, path).keys() != outcomes(self.new_node, path).keys():
            return False
        old, new = (
            {_demand(shape) for shape in reached(root, path).shapes}
            for root in (self.old_node, self.new_node)
        )
        return old == new


def _demand(shape: Shape) -> str:
    """Returns what a shape demands, without its place."""
    if isinstance(shape, ObjectShape | ArrayShape):
        return type(shape).__name__
    if isinstance(shape, ConstantShape):
        return f"{type(shape.value).__name__} {shape.value!r}"
    return repr(replace(shape, place=""))


class Search:
    """The events of the new contract that one rule matches."""

    def __init__(self, versions: Versions, pattern: Pattern | None) -> None:
        self.versions = versions
        self._pattern = pattern

    @cached_property
    def now(self) -> Verdict | None:
        """The verdict of the rule on the new contract; None without a pattern."""
        return self._verdict(self.versions.sent)

    @cached_property
    def before(self) -> Verdict | None:
        """The verdict of the rule on the old contract; None without a pattern."""
        return self._verdict(self.versions.promised)

    @cached_property
    def bases(self) -> list[JSON]:
        """Data of events that the rule matches, similar to the old examples."""
        events = [one for one in self.versions.sent.event_examples if self.matches(one)]
        if self.now is not None and self.now.matching is not None:
            events.append(self.now.matching)
        path = self.versions.sent.data_path
        all_data = [reduce(getitem, path, event) for event in events]
        return [data for data in all_data if self.versions.is_sent(data)]

    def never_matches(self, path: Path, what: JSON) -> bool:
        """True if the rule provably matches no event whose value at the path follows a schema.

        False for a path through a list, whose elements are not compared.
        """
        document = closed(self.versions.new.document)
        narrow = what
        for length in range(len(path), 0, -1):
            places = at(node(document), path[: length - 1])
            if any(isinstance(one, ArrayShape) for place in places for one in place.alternatives()):
                return False
            required = [] if narrow is False else [path[length - 1]]
            narrow = {"properties": {path[length - 1]: narrow}, "required": required}
        narrowed = {**document, "allOf": [*document.get("allOf", []), narrow], "examples": []}
        try:
            answer = self._verdict(Contract(self.versions.new.path, narrowed))
        except ShapesError:
            return False
        return answer is not None and answer.kind is Kind.NEVER

    def matches(self, event: JSON) -> bool:
        """True if the rule matches the event."""
        return self._pattern is None or self._pattern.matches(event)

    def event(self, candidates: Iterable[JSON], shows: Shows) -> JSON:
        """Returns the first event that is valid, matched and shows the break, or None."""
        for data in self._tried(candidates):
            if isinstance(data, dict) and self.versions.is_sent(data) and shows(data):
                event = example_event(self.versions.new.document, deepcopy(data))
                if self.matches(event):
                    return event
        return None

    def nearest(self, event: JSON) -> JSON:
        """Returns the old example that differs least from the event; preferably a matched one."""
        examples = list(self.versions.old.event_examples)
        matched = [example for example in examples if self.matches(example)]
        return min(matched or examples, key=lambda one: len(diff(one, event)), default=None)

    def _tried(self, candidates: Iterable[JSON]) -> Iterator[JSON]:
        yield from candidates
        yield from self.bases
        for change in self.versions.changes:
            yield from change.counterexamples.values()
        yield from self.versions.random_data

    def _verdict(self, contract: Contract) -> Verdict | None:
        return None if self._pattern is None else verdict(self._pattern, [contract])


def diff(old: Any, new: Any) -> list[str]:
    """Returns the lines in which two events differ as JSON, with their context."""
    before, after = (
        dumps(one, indent=2, ensure_ascii=False).splitlines() if one is not None else []
        for one in (old, new)
    )
    lines = list(unified_diff(before, after, "old example", "new event", lineterm=""))
    return lines[:2] + [line for line in lines[2:] if not line.startswith("@@")]
