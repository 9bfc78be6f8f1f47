"""Examples that their own contract refuses, or the one before it."""

from collections.abc import Iterator
from typing import Any, Final

from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.compatibility.open_and_closed import closed, opened
from trunklab.contracts.compatibility_policy import Policy, Promise
from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding
from trunklab.printable import printable
from trunklab.schema_solver import validate
from trunklab.schema_solver.json_pointer import within

_REFUSED: Final = "example-refused"


def own(contract: Contract) -> Iterator[Finding]:
    """Return the examples that break the contract, closed: they show what is sent."""
    yield from _refused("example-invalid", contract, closed(contract.document), "its own contract")


def refused_before(old: Contract, new: Contract, policy: Policy) -> Iterator[Finding]:
    """Return the new examples that old consumers refuse, if they were promised to read them.

    They show a change that has findings of its own, and are sorted after these.
    """
    if Promise.FORWARD in policy.promises and new.examples != old.examples:
        yield from _refused(_REFUSED, new, opened(old.document), "the contract before")


def _refused(
    name: str, contract: Contract, schema: dict[str, Any], whose: str
) -> Iterator[Finding]:
    validator = validate.validator(schema)
    for at, example in enumerate(contract.examples):
        fault = next(iter(validator.iter_errors(example)), None)
        if fault is not None:
            place = within("", *(str(part) for part in fault.instance_path))
            where = printable(place[1:] or "the event")
            said = f"example {at + 1} breaks {whose}: {where}: {printable(fault.message)}"
            line = contract.line(f"/examples/{at}{place}")
            follows = name == _REFUSED
            fix, signed = IDS[name].fix, contract.signed
            yield Finding(contract.path, line, name, said, fix, owner=signed, follows=follows)
