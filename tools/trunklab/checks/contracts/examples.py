"""Examples that their own contract refuses."""

from collections.abc import Iterator

from trunklab.checks.contracts.ids import IDS
from trunklab.checks.contracts.readings import closed
from trunklab.checks.finding import Finding
from trunklab.contracts.contract import Contract
from trunklab.printable import printable
from trunklab.shapes import validate
from trunklab.shapes.pointer import within

_ID = "example-invalid"


def own(contract: Contract) -> Iterator[Finding]:
    """Return the examples that break the contract, closed: they show what is sent."""
    validator = validate.validator(closed(contract.document))
    for at, example in enumerate(contract.examples):
        fault = next(iter(validator.iter_errors(example)), None)
        if fault is not None:
            place = within("", *(str(part) for part in fault.instance_path))
            where = printable(place[1:] or "the event")
            said = f"example {at + 1} breaks its own contract: {where}: {printable(fault.message)}"
            line = contract.line(f"/examples/{at}{place}")
            yield Finding(contract.path, line, _ID, said, IDS[_ID].fix, owner=contract.signed)
