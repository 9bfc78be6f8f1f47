"""State of a stage's orders: their tables, and the dead letters of every service."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from trunklab.stage import Stage, StageError

DEAD_LETTERS_MAX: Final = 10_000
"""Messages read from one queue."""

_KEYS_PER_CALL: Final = 100
"""Keys of one BatchGetItem call (DynamoDB quota)."""

_HIDDEN_S: Final = 60
"""Visibility timeout in seconds while a queue is read, so that no message is read twice."""


@dataclass(frozen=True)
class Payment:
    """The name of the event that payments published, and its reason."""

    outcome: str
    reason: str | None


@dataclass(frozen=True)
class DeadLetter:
    """A message in a dead-letter queue, with what its event says about it."""

    queue: str
    subject: str | None
    detail_type: str | None
    reason: str
    handler: str | None


@dataclass(frozen=True)
class Ledger:
    """Statuses and payments by order id, and the dead letters."""

    statuses: Mapping[str, str]
    payments: Mapping[str, tuple[Payment, ...]]
    dead_letters: tuple[DeadLetter, ...]


class ShopState:
    """Tables and queues of a stage, found through CloudFormation; nothing is changed."""

    def __init__(self, stage: Stage) -> None:
        tables = stage.resources("AWS::DynamoDB::Table")
        self._orders = _only_table(tables, "orders", stage)
        self._payments = _only_table(tables, "payments", stage)
        self._dynamodb = stage.client("dynamodb")
        self._sqs = stage.client("sqs")
        urls = [url for urls in stage.resources("AWS::SQS::Queue").values() for url in urls]
        attributes = {url: self._attributes(url) for url in urls}
        # Every queue with a redrive policy has a dead-letter queue; the others are those.
        self._dead_letter_urls = [url for url in urls if "RedrivePolicy" not in attributes[url]]
        self.retry_s_max = max(map(_retry_s, attributes.values()), default=0)
        """Seconds that the most patient queue retries one message."""

    def statuses(self, order_ids: Sequence[str]) -> dict[str, str]:
        """Returns the statuses of the orders that are in the table."""
        statuses: dict[str, str] = {}
        for start in range(0, len(order_ids), _KEYS_PER_CALL):
            request = {
                "Keys": [
                    {"pk": {"S": f"order#{order_id}"}, "sk": {"S": "order"}}
                    for order_id in order_ids[start : start + _KEYS_PER_CALL]
                ],
                "ProjectionExpression": "pk, #s",
                "ExpressionAttributeNames": {"#s": "status"},
            }
            response = self._dynamodb.batch_get_item(RequestItems={self._orders: request})
            # Keys that DynamoDB leaves unprocessed are part of the caller's next poll.
            statuses |= _statuses_in(response["Responses"].get(self._orders, []))
        return statuses

    def read(self) -> Ledger:
        """Returns all orders, payments and dead letters."""
        payments: defaultdict[str, list[Payment]] = defaultdict(list)
        for item in self._scan(self._payments, "payment#"):
            reason = item.get("reason", {}).get("S")
            payments[_id(item)].append(Payment(item["outcome"]["S"], reason))
        return Ledger(
            statuses=_statuses_in(self._scan(self._orders, "order#")),
            payments={order_id: tuple(items) for order_id, items in payments.items()},
            dead_letters=self.dead_letters(),
        )

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """Returns the dead letters of all services and leaves them in their queues."""
        return tuple(letter for url in self._dead_letter_urls for letter in self._read_queue(url))

    def _scan(self, table: str, prefix: str) -> Iterator[Any]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=table,
            ConsistentRead=True,
            FilterExpression="begins_with(pk, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": prefix}},
        )
        for page in pages:
            yield from page["Items"]

    def _read_queue(self, url: str) -> Iterator[DeadLetter]:
        # All are received before the first is visible again.
        for message in list(islice(self._messages(url), DEAD_LETTERS_MAX)):
            self._sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
            yield _dead_letter(url.rpartition("/")[2], message)

    def _messages(self, url: str) -> Iterator[Any]:
        while messages := self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=_HIDDEN_S,
            WaitTimeSeconds=0,
        ).get("Messages"):
            yield from messages

    def _attributes(self, url: str) -> dict[str, str]:
        names = ["VisibilityTimeout", "RedrivePolicy"]
        response = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        attributes: dict[str, str] = response["Attributes"]
        return attributes


def _id(item: Any) -> str:
    return str(item["pk"]["S"]).partition("#")[2]


def _statuses_in(items: Any) -> dict[str, str]:
    return {_id(item): item["status"]["S"] for item in items}


def _only_table(tables: Mapping[str, tuple[str, ...]], service: str, stage: Stage) -> str:
    names = tables.get(service, ())
    if len(names) != 1:
        raise StageError(
            f"stage {stage.name} at {stage.place}: stack trunkline-{stage.name}-{service} "
            f"has {len(names)} tables, one is expected: deploy it with `trunkline up`"
        )
    return names[0]


def _retry_s(attributes: dict[str, str]) -> int:
    policy = json.loads(attributes.get("RedrivePolicy", "{}"))
    return int(attributes["VisibilityTimeout"]) * int(policy.get("maxReceiveCount", 0))


def _dead_letter(queue: str, message: Any) -> DeadLetter:
    # The runtime sets `reason`, EventBridge its ERROR_* for what it could not deliver.
    attributes = {
        name: value.get("StringValue")
        for name, value in message.get("MessageAttributes", {}).items()
    }
    try:
        event = _object(json.loads(message["Body"]))
    except (ValueError, RecursionError):
        event = {}
    metadata = _object(_object(event.get("detail")).get("metadata"))
    subject, detail_type = metadata.get("subject"), event.get("detail-type")
    return DeadLetter(
        queue=queue,
        subject=subject if isinstance(subject, str) else None,
        detail_type=detail_type if isinstance(detail_type, str) else None,
        reason=attributes.get("reason")
        or attributes.get("ERROR_MESSAGE")
        or attributes.get("ERROR_CODE")
        or "failed in its last attempt",
        handler=attributes.get("handler"),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
