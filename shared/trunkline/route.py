"""Which handler takes which event."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from trunkline.commit import Work
from trunkline.emitted import Emitted
from trunkline.envelope import Contract, Envelope
from trunkline.errors import InvalidEventError
from trunkline.faults import told
from trunkline.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Route:
    """One declared handler: its name, the contract it takes, the function."""

    name: str
    contract: type[Contract]
    function: Callable[[Any, UnitOfWork], Emitted]
    ordered: bool = False

    def bind(self, envelope: Envelope) -> Work:
        """The handler with this event, ready to run: each run gets an event of its own.

        A run raises InvalidEventError naming every fault when the data breaks the contract. Fields
        that the contract does not know are ignored: consumers are open.
        """
        return lambda unit: self.function(self._event_in(envelope), unit)

    def _event_in(self, envelope: Envelope) -> Contract:
        try:
            return self.contract.from_data(envelope.data)
        except ValidationError as error:
            raise InvalidEventError(
                f"the event breaks {self.contract.detail_type} of {self.contract.source}",
                told(error),
            ) from error
