"""What a commit follows from: one event under one handler, or one request."""

from collections.abc import Callable
from dataclasses import dataclass

from trunkline.envelope import Envelope
from trunkline.items import Item, Key


@dataclass(frozen=True)
class Cause:
    """One event under one handler, or one request (then `event` is None).

    An event leaves a mark. A request leaves one if it can come again: then `note` answers what its
    mark holds besides, asked after the handler ran. `ordered` asks for the events of one subject to
    reach the bus in the order of their commits.
    """

    handler: str
    cause_id: str
    correlation_id: str
    traceparent: str
    event: Envelope | None
    ordered: bool = False
    note: Callable[[], Item] | None = None

    @property
    def comes_again(self) -> bool:
        """Whether the same cause may be delivered twice, so that its handling is marked."""
        return self.event is not None or self.note is not None

    @property
    def mark_key(self) -> Key:
        """Where the mark of this handling lies."""
        return f"trunkline#inbox#{self.handler}#{self.cause_id}", "mark"
