"""Routing of events to handlers."""

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
    """A declared handler: its name, its contract and the function."""

    name: str
    contract: type[Contract]
    function: Callable[[Any, UnitOfWork], Emitted]
    ordered: bool = False

    def bind(self, envelope: Envelope) -> Work:
        """Returns the handler bound to this event; each run gets its own copy of the event.

        A run raises InvalidEventError with every fault if the data breaks the contract. Unknown
        fields are ignored, because consumers are open.
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
