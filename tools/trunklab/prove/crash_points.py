"""Crash points: which call of a delivery is struck, and what happens to the process or the call."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunklab.testing.wire import Call, Forward, Reply, refused, throttled

RESPONSE: Final = "(its answer)"
"""In place of an operation: all calls are made, but the response of the function is lost."""

FIRST: Final = 0
"""In place of a number: the first call of the operation."""


class When(StrEnum):
    """A strike: the event at a call."""

    BEFORE = "killed before"
    AFTER = "killed after"
    HELD = "held at"
    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"
    THROTTLED = "throttled at"
    REFUSED = "refused at"
    CHANGED = "changed at"


DEATHS: Final = frozenset({When.BEFORE, When.AFTER})
PAUSES: Final = frozenset({When.HELD})
FAULTS: Final = frozenset(When) - DEATHS - PAUSES

EVERYWHERE: Final = tuple(when for when in When if when is not When.CHANGED)
"""Strikes that make sense in every run; a change needs an item that others can change."""

_LASTING: Final = frozenset({When.CUT_BEFORE, When.THROTTLED})
"""Strikes that hit the retries of their call too: the process must do without the call."""


@dataclass(frozen=True)
class Point:
    """One call of a clean run, counted from 1."""

    number: int
    operation: str
    when: When

    def __str__(self) -> str:
        return f"{self.when} call {self.number}, {self.operation}"

    def matches(self, number: int, operation: str) -> bool:
        """True if this is the call with that number."""
        return operation == self.operation if self.number == FIRST else number == self.number


def points_of(calls: Sequence[str], strikes: Sequence[When] = EVERYWHERE) -> list[Point]:
    """Returns the points of a run that makes these calls: every strike at each, and the end."""
    points = [
        Point(number, operation, when)
        for number, operation in enumerate(calls, 1)
        for when in strikes
    ]
    response = [Point(len(calls) + 1, RESPONSE, When.AFTER)] if When.AFTER in strikes else []
    return points + response


@dataclass(frozen=True, eq=False)
class Scene:
    """One process of a run, as a strike can affect it."""

    kill: Callable[[], None]
    change: Callable[[], None]
    """Lets others change what the process may have read."""


class Strike:
    """Does to one process of a run, at the wire, what a point says; without a point nothing.

    Calls are counted over all processes of the run.
    """

    def __init__(self, point: Point | None = None) -> None:
        self.reached = threading.Event()
        self._loses_response = point is not None and point.operation == RESPONSE
        self._point = None if self._loses_response else point
        self.when = self._point.when if self._point else None
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._count = 0
        self._struck: tuple[Scene, str, object] | None = None

    @property
    def ahead(self) -> When | None:
        """The strike that may affect the next process."""
        return None if self.reached.is_set() else self.when

    def lose_response(self) -> bool:
        """Returns True, once, if the response of the first delivery is to be lost."""
        loses = self._loses_response and not self.reached.is_set()
        if loses:
            self.reached.set()
        return loses

    def release(self) -> None:
        """Lets a held process continue; without one, a later process is held all the same."""
        if self.reached.is_set():
            self._released.set()

    def take(self, scene: Scene, call: Call, forward: Forward) -> Reply | None:
        """Returns what the caller receives for a call; None cuts the connection."""
        when = self._when_at(scene, call)
        return forward() if when is None else self._act(when, scene, call, forward)

    def _when_at(self, scene: Scene, call: Call) -> When | None:
        with self._lock:
            self._count += 1
            same = (scene, call.operation, call.body)
            if self._point is None:
                return None
            if not self.reached.is_set() and self._point.matches(self._count, call.operation):
                self._struck = same
                self.reached.set()
                return self.when
            # The whole process pauses: its calls on other threads are held too.
            if self.when is When.HELD and self.reached.is_set():
                return self.when
            return self.when if self.when in _LASTING and self._struck == same else None

    def _act(self, when: When, scene: Scene, call: Call, forward: Forward) -> Reply | None:
        if when in {When.THROTTLED, When.REFUSED}:
            return throttled(call) if when is When.THROTTLED else refused(call)
        if when is When.HELD:
            self._released.wait()  # whoever started the process releases it in any case
        if when is When.CHANGED:
            scene.change()
        reply = None if when in {When.BEFORE, When.CUT_BEFORE} else forward()
        if when in DEATHS:
            scene.kill()
        return reply if when in {When.HELD, When.CHANGED} else None
