"""A committed event contract and its compatibility policy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Final

from trunklab.contracts.event_schema import Schema, data_path, event_schema, example_event
from trunklab.contracts.json_line_numbers import line_of


class Breaks(StrEnum):
    """The sides that a change breaks."""

    BACKWARD = "BACKWARD"
    """New consumers reject old events."""

    FORWARD = "FORWARD"
    """Old consumers reject new events."""

    PRODUCERS = "producers"
    """The new contract, closed, rejects events of old producers."""


class Policy(StrEnum):
    """The `compatibility` of a contract, named as in schema registries."""

    BACKWARD = "BACKWARD"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD = "FORWARD"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL = "FULL"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def promises(self) -> frozenset[Breaks]:
        """The sides that no change may break."""
        return _PROMISES[self.removesuffix(_TRANSITIVE)]

    @property
    def transitive(self) -> bool:
        """True if the promises hold for every committed version of this major."""
        return self.endswith(_TRANSITIVE)

    def weaker_than(self, other: "Policy") -> bool:
        """True if the other policy has a promise that this one lacks."""
        return self.with_promises_of(other) != self

    def with_promises_of(self, other: "Policy") -> "Policy":
        """Returns the policy with the promises of both."""
        both = self.promises | other.promises
        name = next(name for name, kept in _PROMISES.items() if kept == both)
        transitive = _TRANSITIVE if self.transitive or other.transitive else ""
        return Policy(name + transitive)


_TRANSITIVE: Final = "_TRANSITIVE"
_PROMISES: Final = {
    "BACKWARD": frozenset({Breaks.BACKWARD}),
    "FORWARD": frozenset({Breaks.FORWARD}),
    "FULL": frozenset({Breaks.BACKWARD, Breaks.FORWARD}),
}

DEFAULT: Final = Policy.FULL
"""The policy of a contract file without one, as of a class without one."""


_MAJOR: Final = re.compile(r"(?<=.)\.v(?P<major>[1-9][0-9]*)\Z")


@dataclass(frozen=True)
class Contract:
    """A valid `schemas/<domain>/<DetailType>.schema.json`."""

    path: PurePosixPath
    """From the root of the checkout."""

    document: Schema
    text: str = field(repr=False, default="")
    """The text of the file, for line numbers of findings."""

    places: tuple[str, str] = ("", "/$defs")
    """Pointers in the file to the schema and to its definitions."""

    @property
    def source(self) -> str:
        """The producer's source, such as `fleet.vans`."""
        return str(self.document["x-source"])

    @property
    def detail_type(self) -> str:
        """The event's name, with the major from the second on, such as `VanParked.v2`."""
        return str(self.document["x-detail-type"])

    @property
    def name(self) -> str:
        """Its name in the registry."""
        return f"{self.source}@{self.detail_type}"

    @property
    def event(self) -> str:
        """The detail-type without the suffix of the major."""
        return _MAJOR.sub("", self.detail_type)

    @property
    def major(self) -> int:
        """The major version, from the suffix of the detail-type; 1 without one."""
        suffix = _MAJOR.search(self.detail_type)
        return int(suffix["major"]) if suffix else 1

    @property
    def owner(self) -> str:
        """The team that owns it."""
        return str(self.document.get("x-owner", ""))

    @property
    def subject(self) -> str:
        """The field that holds the aggregate's id."""
        return str(self.document.get("x-subject", ""))

    @property
    def compatibility(self) -> Policy:
        """The compatibility policy of its changes."""
        return Policy(self.document.get("x-compatibility", DEFAULT))

    @property
    def deprecated_since(self) -> date | None:
        """The date since which no new consumer should use it."""
        return _date(self.document, "x-deprecated-since")

    @property
    def sunset(self) -> date | None:
        """The last day of its support."""
        return _date(self.document, "x-sunset")

    @property
    def signed(self) -> str:
        """The owner, with deprecation and sunset if declared, for findings."""
        since = f"deprecated since {self.deprecated_since}" if self.deprecated_since else ""
        sunset = f"sunset {self.sunset}" if self.sunset else ""
        return ", ".join(filter(None, (self.owner or "no owner", since, sunset)))

    @property
    def examples(self) -> tuple[Schema, ...]:
        """Data of realistic events."""
        return tuple(self.document.get("examples", ()))

    @cached_property
    def event_schema(self) -> Schema:
        """The JSON Schema of the whole EventBridge event; its data is this contract."""
        return event_schema(self.document)

    @cached_property
    def event_examples(self) -> tuple[Schema, ...]:
        """The examples as whole events."""
        return tuple(example_event(self.document, data) for data in self.examples)

    @property
    def data_path(self) -> tuple[str, ...]:
        """The path from an event to the data that the contract describes."""
        return data_path(self.document)

    def line(self, pointer: str) -> int:
        """Returns the line on which the value of a JSON pointer begins, or its nearest parent's."""
        root, definitions = self.places
        inside = pointer.removeprefix("#").removeprefix("/$defs")
        is_definition = inside != pointer.removeprefix("#")
        return line_of(self.text, f"{definitions if is_definition else root}{inside}")


def _date(document: Mapping[str, Any], keyword: str) -> date | None:
    value = document.get(keyword)
    return None if value is None else date.fromisoformat(value)
