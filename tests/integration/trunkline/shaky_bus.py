"""A bus and a dead-letter queue that fail by chance, and keep what came to them in its order."""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from trunkline.aws import AwsRefusedError, AwsUnreachableError

_LOST = 0.1
"""Of all calls, before they take effect and as many after."""

_REFUSED = 0.15
"""Of all entries, each time."""

_POISON = 0.1
"""Of all events, for good; as many make a call fail as a whole."""


@dataclass
class ShakyBus:
    """Stands for the clients of EventBridge and SQS; `seen` are the ids it took or was given up."""

    chance: random.Random
    calm: bool = False
    seen: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    _fates: dict[str, float] = field(default_factory=dict)

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        """PutEvents."""
        self._may_lose("PutEvents")
        ids = [json.loads(entry["Detail"])["metadata"]["event_id"] for entry in Entries]
        if any(_POISON <= self._fate(one) < 2 * _POISON for one in ids):
            raise AwsRefusedError("ValidationException", "PutEvents", 400, {})
        answers = [self._answer(one) for one in ids]
        self._may_lose("PutEvents")
        return {"Entries": answers}

    def send_message(self, **request: Any) -> dict[str, Any]:
        """SendMessage."""
        self._may_lose("SendMessage")
        event_id = request["MessageAttributes"]["event_id"]["StringValue"]
        self.seen.append(event_id)
        self.given_up.append(event_id)
        self._may_lose("SendMessage")
        return {}

    def is_poison(self, event_id: str) -> bool:
        """Whether it never takes this event."""
        return self._fate(event_id) < 2 * _POISON

    def _answer(self, event_id: str) -> dict[str, str]:
        if self._fate(event_id) < _POISON:
            return {"ErrorCode": "MalformedDetail"}
        if not self.calm and self.chance.random() < _REFUSED:
            return {"ErrorCode": "InternalFailure"}
        self.seen.append(event_id)
        return {"EventId": f"id-{len(self.seen)}"}

    def _fate(self, event_id: str) -> float:
        return self._fates.setdefault(event_id, self.chance.random())

    def _may_lose(self, operation: str) -> None:
        if not self.calm and self.chance.random() < _LOST:
            raise AwsUnreachableError(operation, "ConnectionResetError")
