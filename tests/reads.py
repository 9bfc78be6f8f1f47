"""The fields that a handler reads, while it runs and in `reads.yaml`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.event import Event
from trunklab.contracts.impact.field_paths import normal
from trunklab.contracts.impact.rule_consumers import recorded_reads
from trunklab.testing import reads_of
from trunklab.testing.read_recorder import Items


@dataclass(frozen=True)
class Reads:
    """One handler with its contract, and the items that it finds in its table."""

    name: str
    handler: Callable[..., Any]
    contract: type[Event]
    stored: Callable[[Any], Items] = lambda _event: {}

    def seen(self) -> list[str]:
        """Returns the fields it reads of the contract's examples, with the items and without."""
        runs = (
            reads_of(self.handler, event, items)
            for event in self.contract.examples()
            for items in ({}, self.stored(event))
        )
        return sorted(map(".".join, normal(path for paths in runs for path in paths)))

    def recorded(self, service: Path) -> list[str]:
        """Returns the fields that the service's `reads.yaml` lists for it."""
        return sorted(map(".".join, recorded_reads(service, service)[self.name]))
