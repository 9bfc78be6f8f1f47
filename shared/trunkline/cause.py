"""Trigger of a commit: an event handled by one handler, or an HTTP request."""

from collections.abc import Callable
from dataclasses import dataclass

from trunkline.envelope import Envelope
from trunkline.items import Item, Key


@dataclass(frozen=True)
class Cause:
    """An event handled by one handler, or a request (then `event` is None).

    An event leaves a mark. A request leaves one if it can be repeated: then `note`, called after
    the handler, returns further attributes of the mark. `ordered` publishes the events of one
    subject in the order of their commits.
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
        """True if this cause can be redelivered, so that its handling leaves a mark."""
        return self.event is not None or self.note is not None

    @property
    def mark_key(self) -> Key:
        """The key of this handling's mark."""
        return f"trunkline#inbox#{self.handler}#{self.cause_id}", "mark"
