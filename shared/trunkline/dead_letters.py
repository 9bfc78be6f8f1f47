"""Where an event goes that can never succeed, and what is said of it there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trunkline.bounds import REASON_CHARACTERS_MAX


@dataclass(frozen=True)
class DeadLetter:
    """One message and why it was given up.

    `reason` is `printable`; `handler` and `event_id` are empty when the message never got as far as
    having them.
    """

    body: str
    reason: str
    error_type: str
    handler: str
    event_id: str


class DeadLetters:
    """The consumer's dead-letter queue."""

    def __init__(self, queue_url: str, rule: str, client: Callable[[], Any]) -> None:
        self._queue_url = queue_url
        self._rule = rule
        self._client = client

    def send(self, letter: DeadLetter) -> None:
        """Puts the message there with its reason as attributes; raises botocore's errors."""
        attributes = {
            "reason": letter.reason,
            "error_type": letter.error_type,
            "rule": self._rule,
            "handler": letter.handler,
            "event_id": letter.event_id,
        }
        self._client().send_message(
            QueueUrl=self._queue_url,
            MessageBody=letter.body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
                if value  # SQS refuses an empty attribute
            },
        )


def printable(reason: str) -> str:
    """The reason as SQS takes it: not long, and XML's characters only (SendMessage)."""
    cut = reason[:REASON_CHARACTERS_MAX]
    return "".join(character if character.isprintable() else " " for character in cut)
