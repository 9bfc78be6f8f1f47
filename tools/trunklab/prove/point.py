"""Where a delivery is struck: which of its calls, and what happens to the process or the call."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunklab.testing.wire import Call, Forward, Reply
from trunklab.testing.wire_faults import refused, throttled

ANSWER: Final = "(its answer)"
"""In place of an operation: all calls are made, and nobody hears of it."""


class When(StrEnum):
    """What happens at a call."""

    BEFORE = "killed before"
    AFTER = "killed after"
    HELD = "held at"
    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"
    THROTTLED = "throttled at"
    REFUSED = "refused at"
    CHANGED = "changed at"


DEATHS: Final = frozenset({When.BEFORE, When.AFTER})

DEADLY: Final = DEATHS | {When.HELD}
"""Strikes whose process leaves its leases behind: a duplicate must wait for their end."""

EVERYWHERE: Final = tuple(when for when in When if when is not When.CHANGED)
"""Strikes that make sense in every run; a change needs something that others can change."""

_LASTING: Final = frozenset({When.CUT_BEFORE, When.THROTTLED})
"""Strikes that hit the retries of their call too: the process must get by without it."""


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


def points_of(calls: Sequence[str], strikes: Iterable[When] = EVERYWHERE) -> list[Point]:
    """Returns the points of a run that makes these calls: every strike at each, and the end."""
    kinds = tuple(strikes)
    points = [
        Point(number, operation, when)
        for number, operation in enumerate(calls, 1)
        for when in kinds
    ]
    answer = [Point(len(calls) + 1, ANSWER, When.AFTER)] if When.AFTER in kinds else []
    return points + answer


@dataclass(frozen=True, eq=False)
class Scene:
    """One process of a run, as a strike can affect it."""

    kill: Callable[[], None]
    change: Callable[[], None]
    """Lets others change what the process may have read."""


class Strike:
    """Does to one process of a run at the wire what a point says.

    Calls are counted over all processes of the run. `is_it` tells the call by its number and
    operation.
    """

    def __init__(self, when: When | None, is_it: Callable[[int, str], bool]) -> None:
        self.reached = threading.Event()
        self.when = when
        self.loses_answer = False
        """Whether it is not a call that is struck but the answer to the first delivery."""
        self._is_it = is_it
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._count = 0
        self._struck: tuple[Scene, str, object] | None = None

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
    def is_ahead(self) -> bool:
        """True if a call of the next process may be struck."""
        return self.when is not None and not self.reached.is_set()

    @property
    def will_hold(self) -> bool:
        """Whether the next process may be held."""
        return self.when is When.HELD and self.is_ahead

    def release(self) -> None:
        """Let what is held go on; what is not held yet will be."""
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
            if not self.reached.is_set() and self._is_it(self._count, call.operation):
                self._struck = same
                self.reached.set()
                return self.when
            if self.when is When.HELD and self.reached.is_set():
                # Whatever else it calls meanwhile is held as well: it is the process that waits.
                return self.when
            return self.when if self.when in _LASTING and self._struck == same else None

    def _act(self, when: When, scene: Scene, call: Call, forward: Forward) -> Reply | None:
        if when in {When.THROTTLED, When.REFUSED}:
            return throttled(call) if when is When.THROTTLED else refused(call)
        if when is When.HELD:
            self._released.wait()  # whoever started the process releases it, whatever happens
        if when is When.CHANGED:
            scene.change()
        reply = None if when in {When.BEFORE, When.CUT_BEFORE} else forward()
        if when in DEATHS:
            scene.kill()
        return reply if when in {When.HELD, When.CHANGED} else None
