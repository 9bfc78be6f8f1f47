"""Long polls of SQS: receives that wait for a message."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from trunklab.local.delivery.context import Context, Due
from trunklab.local.delivery.queue import Queue
from trunklab.local.delivery.steps import JsonObject

Receive = Callable[[Queue, JsonObject, float], list[JsonObject]]
"""Receives as the parameters of ReceiveMessage say; [] if no message is available."""


@dataclass(slots=True, eq=False)
class _Poll:
    call_id: int
    queue: Queue
    parameters: JsonObject
    end: Due


class LongPolls:
    """The polls that wait, each queue's in the order in which they came."""

    def __init__(self, context: Context, receive: Receive) -> None:
        self._context = context
        self._receive = receive
        self._polls: dict[int, _Poll] = {}
        self._of_queue: dict[str, deque[_Poll]] = {}

    def add(
        self, call_id: int, queue: Queue, parameters: JsonObject, wait_s: float, now: float
    ) -> None:
        """Lets a call wait; it is answered with a message, or without one at its end."""
        end = self._context.call_at(now + wait_s, lambda _now: self._answer(call_id, {}))
        poll = self._polls[call_id] = _Poll(call_id, queue, parameters, end)
        if queue.name not in self._of_queue:
            self._of_queue[queue.name] = deque()
            queue.watchers.append(partial(self._serve, queue.name))
        self._of_queue[queue.name].append(poll)

    def forget(self, call_id: int) -> None:
        """Ends a poll whose client has gone."""
        poll = self._polls.pop(call_id, None)
        if poll:
            poll.end.cancel()
            self._of_queue[poll.queue.name].remove(poll)

    def end_all(self, queue: Queue) -> None:
        """Answers the polls of a deleted queue."""
        for poll in list(self._of_queue.get(queue.name, ())):
            self._answer(poll.call_id, {})

    def _serve(self, name: str, now: float) -> None:
        polls = self._of_queue[name]
        while polls and polls[0].queue.visible and not polls[0].queue.is_over_limit:
            received = self._receive(polls[0].queue, polls[0].parameters, now)
            if not received:
                return
            self._answer(polls[0].call_id, {"Messages": received})

    def _answer(self, call_id: int, response: JsonObject) -> None:
        self.forget(call_id)
        self._context.answer(call_id, response)
