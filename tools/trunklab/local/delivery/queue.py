"""One SQS queue: which messages can be received, which are in flight, which are due later."""

import heapq
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from trunklab.local.delivery.context import Action, Context, Due
from trunklab.local.delivery.messages import Message
from trunklab.local.delivery.receive_attempts import ReceiveAttempts

DEDUPLICATION_S: Final = 300
IN_FLIGHT_MAX: Final = 120_000
_STALE_TIMES_MAX: Final = 64
"""Due times of messages that are gone already; more than that and half of all are cleared."""


@dataclass(slots=True)
class Group:
    """The messages of one FIFO group; it gives out none while one is in flight."""

    ready: deque[Message] = field(default_factory=deque)
    in_flight: int = 0


class Queue:
    """State of a queue; `attributes` are those that a client may set, as strings."""

    def __init__(self, context: Context, name: str, attributes: dict[str, str], now: float) -> None:
        self.name = name
        self.arn = context.arn("sqs", name)
        self.url = f"{context.endpoint}/{context.account}/{name}"
        self.attributes = attributes
        self.tags: dict[str, str] = {}
        self.created = self.modified = now
        self.is_fifo = name.endswith(".fifo")
        self.messages: dict[str, Message] = {}
        """Everything that is not deleted, by message id."""
        self.in_flight = 0
        self.delayed = 0
        self.purged = 0.0
        self.watchers: list[Action] = []
        """Run when messages become available."""
        self.attempts = ReceiveAttempts()
        self._context = context
        self._ready: deque[Message] = deque()
        self._groups: dict[str, Group] = {}
        self._open: OrderedDict[str, None] = OrderedDict()
        """The groups that have messages, none of them in flight."""
        self._hidden: list[tuple[float, int, Message]] = []
        self._alarm: Due | None = None
        self._woken = False
        self._sent = 0
        self._accepted: OrderedDict[tuple[str, str], tuple[Message, float]] = OrderedDict()

    def number(self, name: str) -> int:
        """Returns an attribute that is a number."""
        return int(self.attributes[name])

    @property
    def visible(self) -> int:
        """Number of messages that could be received or wait for their group."""
        return len(self.messages) - self.in_flight - self.delayed

    @property
    def is_over_limit(self) -> bool:
        """True if so many messages are in flight that none may be received."""
        return self.in_flight >= IN_FLIGHT_MAX

    def next_order(self) -> int:
        """Returns the place of a new message."""
        self._sent += 1
        return self._sent

    def duplicate_of(self, key: tuple[str, str], now: float) -> Message | None:
        """Returns the message that was accepted with this group and deduplication id."""
        while self._accepted:
            oldest, (_, accepted) = next(iter(self._accepted.items()))
            if accepted + DEDUPLICATION_S > now:
                break
            del self._accepted[oldest]
        return self._accepted[key][0] if key in self._accepted else None

    def remember(self, key: tuple[str, str], message: Message, now: float) -> None:
        """Refuses this deduplication id from now on."""
        self._accepted[key] = (message, now)

    def add(self, message: Message, delay_s: float, now: float) -> None:
        """Takes a new message."""
        self.messages[message.message_id] = message
        if delay_s > 0:
            self.delayed += 1
            self._hide(message, now + delay_s)
        else:
            self._make_ready(message, at_front=False)
            self.wake(now)

    def take(
        self, maximum: int, visibility_s: float, is_moved: Callable[[Message], bool], now: float
    ) -> list[Message]:
        """Returns up to `maximum` messages, which are in flight from then on.

        A message that `is_moved` has put elsewhere is skipped.
        """
        taken: list[Message] = []
        ready = self._from_groups() if self.is_fifo else self._from_ready()
        oldest = now - self.number("MessageRetentionPeriod")
        for message in ready:
            if message.sent <= oldest:
                self.forget(message)
                continue
            if is_moved(message):
                continue
            message.receive_count += 1
            message.received_at = now
            message.first_received = message.first_received or now
            message.handle = self._context.new_id()
            self.in_flight += 1
            if self.is_fifo:
                self._groups[message.group].in_flight += 1
            self._hide(message, now + visibility_s)
            taken.append(message)
            if len(taken) == maximum:
                break
        return taken

    def put_back(self, message: Message, visibility_s: float, now: float) -> None:
        """Sets when a message in flight can be received again."""
        if visibility_s > 0:
            self._hide(message, now + visibility_s)
        else:
            self._release(message, now)

    def forget(self, message: Message) -> None:
        """Removes a message for good."""
        if message.is_deleted:
            return
        message.is_deleted = True
        del self.messages[message.message_id]
        if message.is_hidden:
            self._unhide(message)

    def purge(self, now: float) -> None:
        """Removes all messages."""
        for message in list(self.messages.values()):
            self.forget(message)
        self._ready.clear()
        self.purged = now

    def wake(self, now: float) -> None:
        """Tells the watchers in this step, once."""
        if self.watchers and not self._woken:
            self._woken = True
            self._context.call_at(now, self._tell)

    def _tell(self, now: float) -> None:
        self._woken = False
        for action in list(self.watchers):
            action(now)

    def _from_ready(self) -> Iterator[Message]:
        while self._ready:
            message = self._ready.popleft()
            if not message.is_deleted:
                yield message

    def _from_groups(self) -> Iterator[Message]:
        """Yields as many messages of one group as there are, then those of the next."""
        while self._open:
            name, _ = self._open.popitem(last=False)
            group = self._groups[name]
            while group.ready:
                message = group.ready.popleft()
                if not message.is_deleted:
                    yield message
            if not group.in_flight:
                del self._groups[name]

    def _make_ready(self, message: Message, *, at_front: bool) -> None:
        if not self.is_fifo:
            self._ready.append(message)
            return
        group = self._groups.setdefault(message.group, Group())
        if not group.in_flight:
            self._open[message.group] = None
        if not at_front:
            group.ready.append(message)
            return
        later = []
        while group.ready and group.ready[0].order < message.order:
            later.append(group.ready.popleft())
        group.ready.extendleft([message, *reversed(later)])

    def _hide(self, message: Message, until: float) -> None:
        message.is_hidden, message.due = True, until
        heapq.heappush(self._hidden, (until, message.order, message))
        hidden = self.in_flight + self.delayed
        if len(self._hidden) > 2 * hidden + _STALE_TIMES_MAX:
            self._hidden = [
                (when, order, one) for when, order, one in self._hidden if self._waits(one, when)
            ]
            heapq.heapify(self._hidden)
        self._set_alarm()

    @staticmethod
    def _waits(message: Message, when: float) -> bool:
        return message.is_hidden and message.due == when

    def _set_alarm(self) -> None:
        while self._hidden and not self._waits(self._hidden[0][2], self._hidden[0][0]):
            heapq.heappop(self._hidden)
        when = self._hidden[0][0] if self._hidden else None
        if self._alarm is not None and (when is None or self._alarm.when > when):
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None and when is not None:
            self._alarm = self._context.call_at(when, self._ring)

    def _ring(self, now: float) -> None:
        self._alarm = None
        while self._hidden and self._hidden[0][0] <= now:
            when, _, message = heapq.heappop(self._hidden)
            if self._waits(message, when):
                self._release(message, now)
        self._set_alarm()

    def _release(self, message: Message, now: float) -> None:
        self._unhide(message)
        self._make_ready(message, at_front=bool(message.handle))
        self.wake(now)

    def _unhide(self, message: Message) -> None:
        if message.in_flight:
            self.in_flight -= 1
            if self.is_fifo:
                self._leave_group(message)
        else:
            self.delayed -= 1
        message.is_hidden = False

    def _leave_group(self, message: Message) -> None:
        group = self._groups[message.group]
        group.in_flight -= 1
        if group.in_flight == 0:
            self._open[message.group] = None
            self.wake(0.0)
