"""How much time the running invocation has left."""

from collections.abc import Callable
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
