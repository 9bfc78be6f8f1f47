"""Reads what lies in a stage's dead-letter queues, and leaves it there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from trunklab.stage import Stage

DEAD_LETTERS_MAX: Final = 10_000
"""Messages read of one queue."""

_HIDDEN_S: Final = 60
"""Seconds for which a message that was read stays hidden, so that none is read twice."""


@dataclass(frozen=True)
class DeadLetter:
    """One message that was given up, with what is known of it."""

    queue: str
    subject: str | None
    detail_type: str | None
    reason: str
    handler: str | None


class Queues:
    """The queues of a stage: what waits for how long, and what was given up."""

    def __init__(self, stage: Stage) -> None:
        self._sqs = stage.client("sqs")
        urls = [url for urls in stage.resources("AWS::SQS::Queue").values() for url in urls]
        attributes = {url: self._attributes(url) for url in urls}
        # A queue that gives up what fails says where to; the others are where it goes.
        self._dead_urls = [url for url in urls if "RedrivePolicy" not in attributes[url]]
        self.retry_s_max = max(map(_retry_s, attributes.values()), default=0)

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """Read all dead letters of all services."""
        return tuple(letter for url in self._dead_urls for letter in self._read(url))

    def _read(self, url: str) -> list[DeadLetter]:
        messages = list(islice(self._messages(url), DEAD_LETTERS_MAX))
        for message in messages:
            self._sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        queue = url.rpartition("/")[2]
        return [_letter(queue, message) for message in messages]

    def _messages(self, url: str) -> Iterator[Any]:
        while True:
            answer = self._sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                VisibilityTimeout=_HIDDEN_S,
                WaitTimeSeconds=0,
            )
            if not answer.get("Messages"):
                return
            yield from answer["Messages"]

    def _attributes(self, url: str) -> dict[str, str]:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["VisibilityTimeout", "RedrivePolicy"]
        )
        attributes: dict[str, str] = answer["Attributes"]
        return attributes


def _retry_s(attributes: dict[str, str]) -> int:
    """Return the longest that a queue keeps trying one message."""
    policy = json.loads(attributes.get("RedrivePolicy", "{}"))
    return int(attributes["VisibilityTimeout"]) * int(policy.get("maxReceiveCount", 0))


def _letter(queue: str, message: Any) -> DeadLetter:
    # The runtime sets `reason`, EventBridge its ERROR_* for what it could not deliver.
    attributes = {
        name: value.get("StringValue")
        for name, value in message.get("MessageAttributes", {}).items()
    }
    event = _object(_parsed(message["Body"]))
    metadata = _object(_object(event.get("detail")).get("metadata"))
    subject, detail_type = metadata.get("subject"), event.get("detail-type")
    return DeadLetter(
        queue=queue,
        subject=subject if isinstance(subject, str) else None,
        detail_type=detail_type if isinstance(detail_type, str) else None,
        reason=attributes.get("reason")
        or attributes.get("ERROR_MESSAGE")
        or attributes.get("ERROR_CODE")
        or "gave up after its last attempt",
        handler=attributes.get("handler"),
    )


def _parsed(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
