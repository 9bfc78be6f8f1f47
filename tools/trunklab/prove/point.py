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

PUBLISH: Final = "PutEvents"


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
    """Does to one process at the wire what a point says.

    `is_it` tells the call by its number and operation.
    """

    def __init__(self, when: When | None, is_it: Callable[[int, str], bool]) -> None:
        self.reached = threading.Event()
        self._when = when
        self._is_it = is_it
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._count = 0
        self.kill: Callable[[], None] = lambda: None

    @classmethod
    def at(cls, point: Point | None) -> "Strike":
        """Strike at that point, or never."""
        if point is None:
            return cls(None, lambda _number, _operation: False)
        return cls(point.when, lambda number, _operation: number == point.number)

    @classmethod
    def before_first(cls, operation: str) -> "Strike":
        """Kill before the first call of that operation."""
        return cls(When.BEFORE, lambda _number, named: named == operation)

    def release(self) -> None:
        """Let what is held go on."""
        self._released.set()

    def __call__(self, call: Call, forward: Forward) -> Reply | None:
        """What becomes of a call."""
        with self._lock:
            self._count += 1
            if not self.reached.is_set() and self._is_it(self._count, call.operation):
                self.reached.set()
                struck = True
            else:
                struck = False
        if self._when is When.HELD:
            # Whatever else it calls meanwhile is held as well: it is the process that waits.
            if self.reached.is_set():
                self._released.wait(HELD_S)
            return forward()
        if not struck:
            return forward()
        if self._when is When.AFTER:
            forward()
        self.kill()
        return None
