"""One committed event contract."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Final

from trunklab.contracts.compatibility_policy import DEFAULT, Policy
from trunklab.contracts.event_schema import event_schema, example_event
from trunklab.contracts.json_line_numbers import line_of

Schema = dict[str, Any]

_MAJOR: Final = re.compile(r"(?P<event>.+)\.v(?P<major>[1-9][0-9]*)")


@dataclass(frozen=True)
class Contract:
    """A valid `schemas/<domain>/<DetailType>.schema.json`."""

    path: PurePosixPath
    """From the root of the checkout."""

    document: Schema
    text: str = field(repr=False, default="")
    """The text of the file, for line numbers of findings."""

    @property
    def source(self) -> str:
        """The source of its events: `shop.orders`."""
        return str(self.document["x-source"])

    @property
    def detail_type(self) -> str:
        """The detail-type of its events; from the second major with a suffix: `OrderPlaced.v2`."""
        return str(self.document["x-detail-type"])

    @property
    def name(self) -> str:
        """Its name in the registry."""
        return f"{self.source}@{self.detail_type}"

    @property
    def event(self) -> str:
        """The detail-type without the suffix of the major."""
        versioned = _MAJOR.fullmatch(self.detail_type)
        return versioned["event"] if versioned else self.detail_type

    @property
    def major(self) -> int:
        """The major version, from the suffix of the detail-type; 1 without one."""
        versioned = _MAJOR.fullmatch(self.detail_type)
        return int(versioned["major"]) if versioned else 1

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
        ends = [
            f"{word} {day.isoformat()}"
            for word, day in (
                ("deprecated since", self.deprecated_since),
                ("sunset", self.sunset),
            )
            if day is not None
        ]
        return ", ".join([self.owner or "no owner", *ends])

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

    def line(self, pointer: str) -> int:
        """Returns the line on which the value of a JSON pointer begins, or its nearest parent's."""
        return line_of(self.text, pointer)


def _date(document: Mapping[str, Any], keyword: str) -> date | None:
    value = document.get(keyword)
    return None if value is None else date.fromisoformat(value)
