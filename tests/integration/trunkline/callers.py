"""Workers in one process that make calls: their clocks, their invocations, and no real waiting."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.integration.trunkline.units import NOON
from trunklab.local.http import access_key
from trunkline.aws import AwsClient, Patience
from trunkline.calls import CallId, Calls
from trunkline.deadline import Deadline
from trunkline.effects import Effects
from trunkline.settings import AwsPlace
from trunkline.sigv4 import Credentials

CHARGE = CallId("payments", "decide-payment", "e-1", "charge")

ATTEMPTS = 2
"""How often one call to AWS is sent, the first time included."""

INVOCATION_S = 10.0
"""Seconds an invocation may take."""


def dynamodb_at(endpoint: str, over: str | None = None) -> "closing[AwsClient]":
    """The runtime's client of that endpoint; between two attempts it does not really wait.

    `over` is the address of a wire to it.
    """
    credentials = Credentials(access_key.of(endpoint), "any")
    place = AwsPlace("us-east-1", credentials, {"dynamodb": over or endpoint})
    patience = Patience(connect_s=10, read_s=30, attempts=ATTEMPTS)
    return closing(AwsClient("dynamodb", place, patience, Effects.seeded(1, NOON)))


@dataclass
class World:
    """One table of calls, and a time that passes only when a test says so."""

    dynamodb: AwsClient
    table: str
    now: datetime = NOON
    workers: int = field(default=0)

    def passes(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    def worker(self, *, ahead_s: float = 0.0, **parts: Any) -> "Worker":
        """A process of its own whose clock is so far ahead, and whose invocation begins now."""
        self.workers += 1
        effects = replace(
            Effects.seeded(self.workers, NOON),
            now=lambda: self.now + timedelta(seconds=ahead_s),
            sleep_s=self.passes,
        )
        mark_days = parts.pop("mark_days", 30)
        client = parts.pop("client", lambda: self.dynamodb)
        calls = Calls(self.table, client, effects, mark_days)
        return Worker(self, calls, ends=self.now + timedelta(seconds=INVOCATION_S), **parts)

    def items(self) -> list[dict[str, Any]]:
        """The items of all calls."""
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=self.table, ConsistentRead=True)[
            "Items"
        ]
        return found


@dataclass(frozen=True)
class Worker:
    """One invocation of a function."""

    world: World
    calls: Calls
    ends: datetime

    def once(self, call: Callable[[str], Any], call_id: CallId = CHARGE) -> Any:
        """Makes the call once."""
        return self.calls.once(call_id, call, Deadline(self._remaining_s))

    def _remaining_s(self) -> float:
        return (self.ends - self.world.now).total_seconds()


@dataclass
class Charges:
    """A provider that knows no keys: every call is another charge."""

    keys: list[str] = field(default_factory=list)

    def __call__(self, key: str) -> dict[str, int]:
        """Charges."""
        self.keys.append(key)
        return {"charge": len(self.keys)}

    @property
    def made(self) -> int:
        """How often it was called."""
        return len(self.keys)


def never(_key: str) -> None:
    """A call that must not be made."""
    raise AssertionError("it was called")
