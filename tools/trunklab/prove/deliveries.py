"""How events and requests come to a function, and come again when nobody heard that they came."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trunklab import effects
from trunklab.prove.arena import Arena, RunError, Started
from trunklab.prove.point import Point, Strike
from trunklab.prove.prover_limits import ATTEMPTS_MAX, ENDS_S, RECEIVE_S
from trunklab.testing.poller import Message, Poller
from trunklab.testing.process import Result
from trunklab.testing.template_stack import Function


@dataclass(frozen=True)
class FromQueue:
    """Messages that a queue delivers until each is handled or given up."""

    function: Function
    bodies: Sequence[Any]

    def play(self, arena: Arena, point: Point | None) -> bool:
        """Deliver them until none is left, with that point; whether the point was reached."""
        strike = Strike.at(point)
        poller = Poller(arena.sandbox, self.function)
        poller.send(self.bodies)
        self._deliver(arena, poller, all_of(poller, len(self.bodies)), strike)
        self._drain(arena, poller, strike)
        return point is None or strike.reached.is_set()

    def each_by_itself(self, arena: Arena) -> None:
        """Deliver every different message once, each in an invocation of its own."""
        seen = []
        for body in self.bodies:
            if body not in seen:
                seen.append(body)
                FromQueue(self.function, [body]).play(arena, None)

    def _drain(self, arena: Arena, poller: Poller, strike: Strike | None) -> None:
        end_s = effects.monotonic() + ENDS_S
        while not poller.is_empty:
            received = poller.receive(RECEIVE_S)
            if received:
                self._deliver(arena, poller, received, strike)
                end_s = effects.monotonic() + ENDS_S
            elif effects.monotonic() > end_s:
                raise RunError(f"a message did not come back in {ENDS_S:.0f} s")

    def _deliver(
        self, arena: Arena, poller: Poller, received: Sequence[Message], strike: Strike | None
    ) -> None:
        """One invocation in a process of its own; if it is held, the same messages overtake it."""
        with arena.started(self.function, strike) as started:
            holds = strike is not None and strike.will_hold
            arena.begin(started, self.function, poller.batch(received), strike)
            overtaken = holds and strike is not None and started.waits_at_the_wire(strike)
            if overtaken:
                arena.note(started, None)
                arena.let_others_go_on()
                poller.show_again(received, started.postponed)
                self._drain(arena, poller, None)
            if strike and holds:
                strike.release()
            outcome = started.outcome()
            if strike and strike.loses_answer and not strike.reached.is_set():
                # The process ended after its last call: the queue never heard of its success.
                strike.reached.set()
                poller.show_again(received, started.postponed)
            elif not overtaken:
                self._settle(arena, poller, started, outcome, received)
                arena.expect_leases(started)
            arena.let_others_go_on()

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
            arena.refused += 1
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
        """Send it until it is answered, with that point; whether the point was reached."""
        strike = Strike.at(point)
        self._until_answered(arena, 1, strike)
        return point is None or strike.reached.is_set()

    def _until_answered(self, arena: Arena, first: int, strike: Strike | None) -> bool:
        return any(
            self._attempt(arena, attempt, strike) for attempt in range(first, ATTEMPTS_MAX + 1)
        )

    def _attempt(self, arena: Arena, number: int, strike: Strike | None) -> bool:
        """One invocation in a process of its own; if it is held, the next attempts overtake it."""
        answered = False
        with arena.started(self.function, strike) as started:
            holds = strike is not None and strike.will_hold
            arena.begin(started, self.function, self.event(number), strike)
            if strike and holds:
                if started.waits_at_the_wire(strike):
                    arena.note(started, None)
                    answered = self._until_answered(arena, number + 1, None)
                strike.release()
            outcome = started.outcome()
            arena.note(started, outcome)
        if strike and strike.loses_answer and not strike.reached.is_set():
            strike.reached.set()
            return False
        heard = self._heard(arena, outcome)
        if outcome is not None and not heard:
            arena.refused += 1
            arena.wait_for_leases()
        arena.expect_leases(started)
        return heard or answered

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


def all_of(poller: Poller, count: int) -> list[Message]:
    """Receives that many messages, which were sent before; raises RunError if some do not come."""
    received: list[Message] = []
    end_s = effects.monotonic() + ENDS_S
    while len(received) < count:
        if effects.monotonic() > end_s:
            raise RunError(f"received {len(received)} of {count} messages in {ENDS_S:.0f} s")
        received += poller.receive(RECEIVE_S)
    return received


def _failures(outcome: Result, received: Sequence[Message]) -> set[str]:
    """The messages that come again: all of them if the function ended with an error."""
    if outcome.error:
        return {one["MessageId"] for one in received}
    answer = outcome.answer["answer"] or {}
    return {one["itemIdentifier"] for one in answer.get("batchItemFailures", [])}
