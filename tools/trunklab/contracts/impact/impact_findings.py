"""Ways in which a contract change breaks a consumer, each with its meaning and its fix."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from trunklab.findings.finding import Level
from trunklab.findings.finding_report import Check
from trunklab.schema_solver.shape import JSON

MISSES: Final = "consumer-misses"
REJECTS: Final = "consumer-rejects"
FAILS: Final = "consumer-fails"
UNKNOWN: Final = "consumer-unknown"
REMOVED: Final = "contract-removed"

ABOUT: Final = {
    MISSES: "the rule no longer matches events that it matched before",
    REJECTS: "the model of the deployed consumer rejects an event that the new contract allows",
    FAILS: "the handler reads a field that the new contract removes or no longer guarantees",
    UNKNOWN: "it is unknown if the change affects the consumer, so it counts as breaking",
    REMOVED: "the contract is removed and a rule still names it",
}
"""Every finding by its id."""

FIXES: Final = {
    MISSES: "widen the rule and deploy it before the producer, or make the change in a new major",
    REJECTS: "make the change in a new major, or deploy this consumer with the new contract first",
    FAILS: "keep the field as it was, or stop reading it before the producer changes",
    UNKNOWN: "record the fields that the handler reads in reads.yaml (docs/testing.md), or make the"
    " change in a new major",
    REMOVED: "restore the contract, or move the rule to another major first",
}

CHECKS: Final = tuple(Check(name, Level.ERROR, about) for name, about in ABOUT.items())


@dataclass(frozen=True)
class Break:
    """One way in which one consumer breaks."""

    id: str
    path: PurePosixPath
    line: int
    what: str
    event: JSON = None
    """A whole event that the new contract allows; None if none was found."""
    like: JSON = None
    """The example of the old contract that differs least from the event."""
