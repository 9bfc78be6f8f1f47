"""How much time the running invocation has left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, Self

from trunkline.bounds import INVOCATION_RESERVE_S


class LambdaContext(Protocol):
    """What the runtime reads of Lambda's context object."""

    aws_request_id: str
    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


@dataclass(frozen=True)
class Deadline:
    """The moment at which Lambda ends the invocation."""

    remaining_s: Callable[[], float]

    @classmethod
    def of(cls, context: LambdaContext) -> Self:
        """The deadline of the invocation that has this context."""
        return cls(lambda: context.get_remaining_time_in_millis() / 1_000)

    def allows(self, pause_s: float) -> bool:
        """Whether there is time to do more after a pause of that many seconds."""
        return self.remaining_s() - pause_s > INVOCATION_RESERVE_S


class Pace:
    """How long one step of this invocation took at the most."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self.longest_s = 0.0
        self._monotonic_s = monotonic_s

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Counts the step within it."""
        started_s = self._monotonic_s()
        try:
            yield
        finally:
            self.longest_s = max(self.longest_s, self._monotonic_s() - started_s)
