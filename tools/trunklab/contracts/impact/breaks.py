"""In which ways a change of a contract breaks a consumer, and what each comes to."""

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
    MISSES: "the rule no longer takes events that it took",
    REJECTS: "the consumer as it is deployed refuses an event that the new contract allows",
    FAILS: "the handler reads a field that the new contract no longer has or no longer guarantees",
    UNKNOWN: "nobody knows whether what changed is read, so it counts as breaking",
    REMOVED: "the contract is gone and a rule still names it",
}
"""Every finding by its id."""

FIXES: Final = {
    MISSES: "widen the rule and deploy it before the producer, or make the change in a new major",
    REJECTS: "make the change in a new major, or deploy this consumer with the new contract first",
    FAILS: "keep the field as it was, or stop reading it before the producer changes",
    UNKNOWN: "let the handler's test record what it reads (docs/testing.md), or follow the advice"
    " of the place",
    REMOVED: "bring the contract back, or move the rule to another major first",
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
    """A whole event that the new contract allows; None where none was found."""
    like: JSON = None
    """The example of the old contract that it is nearest to."""
