"""Shared by every part of the core: outputs, due times, ids, the account."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from botocore import xform_name

from trunklab.local.delivery.steps import (
    ApiAnswer,
    ApiCall,
    ApiError,
    JsonObject,
    Output,
    RentedCall,
)

Action = Callable[[float], None]
"""Does what has become due; receives the time."""
OnAnswer = Callable[[JsonObject | ApiError, float], None]

_UUID_BITS: Final = 128


@dataclass(slots=True)
class Due:
    """Something that is due at a time; may be cancelled."""

    when: float
    action: Action | None

    def cancel(self) -> None:
        """Makes sure that it does not happen; may be called repeatedly, and afterwards."""
        self.action = None


@dataclass
class Context:
    """Shared by the parts of one core."""

    account: str
    region: str
    random: random.Random
    endpoint: str
    """Where clients reach the platform: URLs of queues begin with it."""
    outputs: list[Output] = field(default_factory=list)
    """Caused by the current step so far."""
    _due: list[tuple[float, int, Due]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)
    _awaited: dict[str, OnAnswer] = field(default_factory=dict)

    def new_id(self) -> str:
        """Returns a random UUID of version 4."""
        return str(UUID(int=self.random.getrandbits(_UUID_BITS), version=4))

    def arn(self, service: str, resource: str) -> str:
        """Returns the ARN of a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def answer(self, call_id: int, response: JsonObject | ApiError) -> None:
        """Answers a call that was left open."""
        self.outputs.append(ApiAnswer(call_id, response))

    def call_at(self, when: float, action: Action) -> Due:
        """Lets `action` happen in the first step at or after `when`."""
        due = Due(when, action)
        heapq.heappush(self._due, (when, next(self._order), due))
        return due

    def call_rented(
        self, service: str, operation: str, parameters: JsonObject, on_answer: OnAnswer
    ) -> None:
        """Calls a service of the emulator."""
        request_id = self.new_id()
        self._awaited[request_id] = on_answer
        self.outputs.append(RentedCall(request_id, service, operation, parameters))

    def rented_answered(self, request_id: str, response: JsonObject | ApiError, now: float) -> None:
        """Hands the answer to whoever called."""
        self._awaited.pop(request_id)(response, now)

    def next_due(self) -> float | None:
        """Returns when a step is due at the latest; None if nothing is."""
        while self._due and self._due[0][2].action is None:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def run_due(self, now: float) -> None:
        """Does all that is due, by its time and then in the order in which it was planned."""
        while (when := self.next_due()) is not None and when <= now:
            due = heapq.heappop(self._due)[2]
            action, due.action = due.action, None
            if action is not None:
                action(now)


class Service:
    """Answers an operation by the private method of its name, as boto3 writes it."""

    def call(self, call: ApiCall, now: float) -> JsonObject | None:
        """Returns the response; None if it follows later. Raises ApiError."""
        method = getattr(self, f"_{xform_name(call.operation)}", None)
        if method is None:
            message = f"{call.service} {call.operation} is not there on the local platform"
            raise ApiError("UnknownOperationException", message)
        response: JsonObject | None = method(call.parameters, now)
        return response
