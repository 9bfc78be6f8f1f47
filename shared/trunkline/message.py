"""One event as a consumer receives it."""

from dataclasses import dataclass
from typing import Final

FIFO_SUFFIX: Final = ".fifo"
"""End of a FIFO queue's name, and so of its ARN and URL (SQS guide, FIFO queues)."""


@dataclass(frozen=True)
class Message:
    """An event with the properties of this delivery.

    `attempt` counts deliveries from 1. `queue` is the queue's ARN, `receipt_handle` identifies this
    delivery; both are empty without a queue. `group` is the message group of a FIFO queue, None for
    a standard queue, whose groups have no order (fair queues).
    """

    message_id: str
    body: str
    attempt: int
    queue: str
    receipt_handle: str = ""
    group: str | None = None
