"""The AWS clients through which tests look at what a service left."""

from dataclasses import dataclass
from typing import Any, Final, Self

from trunklab.local.local_clients import client

_CONNECTIONS_MAX: Final = 32
"""Connections kept by each client: more than threads that use it."""


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
        services = ("dynamodb", "events", "sqs")
        return cls(endpoint, *(client(one, endpoint, _CONNECTIONS_MAX) for one in services))

    def close(self) -> None:
        """Let go of all connections."""
        for one in (self.dynamodb, self.events, self.sqs):
            one.close()
