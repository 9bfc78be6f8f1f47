"""One event as a consumer receives it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """An event with the circumstances of this delivery.

    `attempt` counts deliveries from 1, `queue` is the queue's ARN, `receipt_handle` names this
    delivery to the queue; both are empty where there is no queue.
    """

    message_id: str
    body: str
    attempt: int
    queue: str
    receipt_handle: str = ""
