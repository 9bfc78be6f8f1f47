"""Where a delivery is struck: which of its calls, and whether it dies there or is held."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunklab.prove.limits import HELD_S
from trunklab.testing.wire import Call, Forward, Reply

ANSWER: Final = "(its answer)"
"""In place of an operation: all calls are made, and nobody hears of it."""


class When(StrEnum):
    """What becomes of the process, and of the call."""

    BEFORE = "killed before"
    AFTER = "killed after"
    HELD = "held at"


@dataclass(frozen=True)
class Point:
    """One call of a clean run, counted from 1."""

    number: int
    operation: str
    when: When

    def __str__(self) -> str:
        return f"{self.when} call {self.number}, {self.operation}"

    @property
    def is_answer(self) -> bool:
        """Whether it lies behind the last call."""
        return self.operation == ANSWER


def points_of(calls: Sequence[str]) -> list[Point]:
    """Every point of a run that makes these calls: two deaths and a pause for each, and the end."""
    points = [
        Point(number, operation, when)
        for number, operation in enumerate(calls, 1)
        for when in (When.BEFORE, When.AFTER, When.HELD)
    ]
    return [*points, Point(len(calls) + 1, ANSWER, When.AFTER)]


class Strike:
    """Does to one process of a run at the wire what a point says.

    Calls are counted over all processes of the run. `is_it` tells the call by its number and
    operation.
    """

    def __init__(self, when: When | None, is_it: Callable[[int, str], bool]) -> None:
        self.reached = threading.Event()
        self.loses_answer = False
        """Whether it is not a call that is struck but the answer to the first delivery."""
        self._when = when
        self._is_it = is_it
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._count = 0

    @classmethod
    def at(cls, point: Point | None) -> "Strike":
        """Strike at that point, or never."""
        if point is None or point.is_answer:
            strike = cls(None, lambda _number, _operation: False)
            strike.loses_answer = point is not None
            return strike
        return cls(point.when, lambda number, _operation: number == point.number)

    @classmethod
    def before_first(cls, operation: str) -> "Strike":
        """Kill before the first call of that operation."""
        return cls(When.BEFORE, lambda _number, named: named == operation)

    @property
    def will_hold(self) -> bool:
        """Whether the next process may be held."""
        return self._when is When.HELD and not self.reached.is_set()

    def release(self) -> None:
        """Let what is held go on; what is not held yet will be."""
        if self.reached.is_set():
            self._released.set()

    def take(self, kill: Callable[[], None], call: Call, forward: Forward) -> Reply | None:
        """What becomes of a call of the process that `kill` ends."""
        with self._lock:
            self._count += 1
            struck = not self.reached.is_set() and self._is_it(self._count, call.operation)
            if struck:
                self.reached.set()
            is_held = self._when is When.HELD and self.reached.is_set()
        if is_held:
            # Whatever else it calls meanwhile is held as well: it is the process that waits.
            self._released.wait(HELD_S)
        if is_held or not struck:
            return forward()
        if self._when is When.AFTER:
            forward()
        kill()
        return None
