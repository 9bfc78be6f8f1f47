"""The AWS clients through which tests look at what a service left."""

from dataclasses import dataclass
from typing import Any, Self

from trunklab.local.clients import client


@dataclass(frozen=True)
class Clients:
    """They may be used by several threads at once."""

    endpoint: str
    dynamodb: Any
    events: Any
    sqs: Any

    @classmethod
    def of(cls, endpoint: str) -> Self:
        """Make them for one endpoint."""
        made = (client(service, endpoint) for service in ("dynamodb", "events", "sqs"))
        return cls(endpoint, *made)

    def close(self) -> None:
        """Let go of all connections."""
        for one in (self.dynamodb, self.events, self.sqs):
            one.close()
