"""Receives of a FIFO queue that a client repeats, because it did not see the first response."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from trunklab.local.delivery.messages import Message

REPEAT_S: Final = 300
"""Time in which a receive may be repeated [service model, ReceiveRequestAttemptId]."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    first: float
    taken: list[tuple[Message, str, float]]
    """Each message with its receipt handle and the end of its visibility timeout."""


class ReceiveAttempts:
    """The messages of recent receives, by ReceiveRequestAttemptId."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[str, _Attempt] = OrderedDict()

    def taken(self, attempt_id: str, now: float) -> list[Message]:
        """Returns the messages of a receive; [] if one was deleted, changed or is visible."""
        while self._attempts and next(iter(self._attempts.values())).first + REPEAT_S <= now:
            self._attempts.popitem(last=False)
        attempt = self._attempts.get(attempt_id)
        if attempt and all(
            (message.in_flight, message.handle, message.due) == (True, handle, due)
            for message, handle, due in attempt.taken
        ):
            return [message for message, _, _ in attempt.taken]
        return []

    def keep(self, attempt_id: str, taken: list[Message], *, is_repeat: bool, now: float) -> None:
        """Keeps the messages of a receive; a repetition does not prolong the five minutes."""
        if not is_repeat:
            self._attempts.pop(attempt_id, None)
        first = self._attempts[attempt_id].first if is_repeat else now
        self._attempts[attempt_id] = _Attempt(first, [(m, m.handle, m.due) for m in taken])
