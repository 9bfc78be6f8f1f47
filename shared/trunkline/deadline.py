"""Remaining time of the current invocation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

from trunkline.bounds import INVOCATION_RESERVE_S


class LambdaContext(Protocol):
    """The part of Lambda's context object that the runtime reads."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds until Lambda ends the invocation."""


@dataclass(frozen=True)
class Deadline:
    """The moment at which Lambda ends the invocation."""

    remaining_s: Callable[[], float]

    @classmethod
    def of(cls, context: LambdaContext) -> Self:
        """Returns the deadline of the invocation with this context."""
        return cls(lambda: context.get_remaining_time_in_millis() / 1_000)

    def allows(self, pause_s: float) -> bool:
        """True if time is left for more work after a pause of `pause_s` seconds."""
        return self.remaining_s() - pause_s > INVOCATION_RESERVE_S


class Pace:
    """The longest duration of a step in this invocation."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self.longest_s = 0.0
        self._monotonic_s = monotonic_s

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measures the step in its block."""
        started_s = self._monotonic_s()
        try:
            yield
        finally:
            self.longest_s = max(self.longest_s, self._monotonic_s() - started_s)
