"""How events and requests come to a function, and come again when nobody heard that they came."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trunklab import effects
from trunklab.prove.arena import Arena, RunError, Started
from trunklab.prove.limits import ATTEMPTS_MAX, DRAIN_S, RECEIVE_S
from trunklab.prove.point import Point, Strike, When
from trunklab.testing.poller import Message, Poller
from trunklab.testing.process import Result
from trunklab.testing.stack import Function


@dataclass(frozen=True)
class FromQueue:
    """Messages that a queue delivers until each is handled or given up."""

    function: Function
    bodies: Sequence[Any]

    def play(self, arena: Arena, point: Point | None) -> bool:
        """Deliver them, the first time with that point; whether the point was reached."""
        poller = Poller(arena.sandbox, self.function)
        poller.send(self.bodies)
        received = _all_of(poller, len(self.bodies))
        with arena.started(self.function, point) as first:
            arena.begin(first, self.function, poller.batch(received))
            if point and point.when is When.HELD:
                self._overtake(arena, poller, first, received)
            outcome = first.outcome()
            reached = first.strike.reached.is_set()
            if point and point.is_answer:
                # The process ended after its last call: the queue never heard of its success.
                poller.show_again(received, first.postponed)
                reached = outcome is not None
            elif not (point and point.when is When.HELD and reached):
                self._settle(arena, poller, first, outcome, received)
        self._drain(arena, poller)
        return reached or point is None

    def each_by_itself(self, arena: Arena) -> None:
        """Deliver every different message once, each in an invocation of its own."""
        seen = []
        for body in self.bodies:
            if body not in seen:
                seen.append(body)
                FromQueue(self.function, [body]).play(arena, None)

    def _overtake(
        self, arena: Arena, poller: Poller, first: Started, received: Sequence[Message]
    ) -> None:
        """Let a second delivery run to its end while the first is held; then that goes on."""
        if first.waits_at_the_wire():
            arena.note(first, None)
            poller.show_again(received, first.postponed)
            self._drain(arena, poller)
        first.strike.release()

    def _drain(self, arena: Arena, poller: Poller) -> None:
        end_s = effects.monotonic() + DRAIN_S
        while not poller.is_empty:
            received = poller.receive(RECEIVE_S)
            if received:
                with arena.started(self.function) as again:
                    arena.begin(again, self.function, poller.batch(received))
                    self._settle(arena, poller, again, again.outcome(), received)
            elif effects.monotonic() > end_s:
                raise RunError("a message is neither handled nor given up")

    def _settle(
        self,
        arena: Arena,
        poller: Poller,
        started: Started,
        outcome: Result | None,
        received: Sequence[Message],
    ) -> None:
        """Tell the queue what became of the messages."""
        arena.note(started, outcome)
        if outcome is None:
            poller.show_again(received, started.postponed)
            return
        failures = _failures(outcome, received)
        poller.delete(one for one in received if one["MessageId"] not in failures)
        failed = [one for one in received if one["MessageId"] in failures]
        if failed:
            arena.wait_for_leases()
            poller.show_again(failed, started.postponed)


@dataclass(frozen=True)
class Repeated:
    """One event that its sender sends until the function has answered well."""

    function: Function
    event: Callable[[int], Any]
    """The event of the first, second, … attempt."""
    is_good: Callable[[Any], bool] = lambda _answer: True
    keep_answers: bool = False

    def play(self, arena: Arena, point: Point | None) -> bool:
        """Send it, the first time with that point; whether the point was reached."""
        answered = False
        with arena.started(self.function, point) as first:
            arena.begin(first, self.function, self.event(1))
            if point and point.when is When.HELD:
                if first.waits_at_the_wire():
                    arena.note(first, None)
                    answered = self._until_answered(arena)
                first.strike.release()
            outcome = first.outcome()
            arena.note(first, outcome)
            reached = first.strike.reached.is_set()
            if point and point.is_answer:
                reached = outcome is not None
            elif self._heard(arena, outcome):
                answered = True
        if not answered:
            self._until_answered(arena)
        return reached or point is None

    def _until_answered(self, arena: Arena) -> bool:
        for attempt in range(2, ATTEMPTS_MAX + 1):
            with arena.started(self.function) as again:
                arena.begin(again, self.function, self.event(attempt))
                outcome = again.outcome()
                arena.note(again, outcome)
            if self._heard(arena, outcome):
                return True
            arena.wait_for_leases()
        return False

    def _heard(self, arena: Arena, outcome: Result | None) -> bool:
        if outcome is None or outcome.error or not self.is_good(outcome.answer["answer"]):
            return False
        if self.keep_answers:
            arena.answers.append(outcome.answer["answer"])
        return True


def killed_before_publishing(arena: Arena, function: Function, event: Any) -> None:
    """Run a function until it would publish; what it committed waits for the sweep."""
    with arena.started(function, Strike.before_first("PutEvents")) as started:
        arena.begin(started, function, event)
        started.outcome()


def good_http(answer: Any) -> bool:
    """Whether a client takes the answer of an HTTP API for one: it repeats what failed."""
    return not isinstance(answer, dict) or int(answer.get("statusCode", 200)) < 500  # noqa: PLR2004 - HTTP


def _all_of(poller: Poller, count: int) -> list[Message]:
    received: list[Message] = []
    while len(received) < count:
        more = poller.receive(RECEIVE_S)
        if not more:
            raise RunError(f"of {count} messages sent only {len(received)} came")
        received += more
    return received


def _failures(outcome: Result, received: Sequence[Message]) -> set[str]:
    """The messages that come again: all of them if the function ended with an error."""
    if outcome.error:
        return {one["MessageId"] for one in received}
    answer = outcome.answer["answer"] or {}
    return {one["itemIdentifier"] for one in answer.get("batchItemFailures", [])}
