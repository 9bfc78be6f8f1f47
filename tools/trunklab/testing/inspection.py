"""What lies in the tables and queues of a sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from trunklab.testing.sandbox import Sandbox
from trunkline.items import Item, from_attributes

__all__ = ["DeadLetter", "Item", "items_of", "messages_of"]


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up."""

    body: str
    attributes: Mapping[str, str]
    """Why and by whom: `reason`, `error_type`, `handler`, …; empty where SQS gave it up."""

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """Read a message of a dead-letter queue."""
        attributes = message.get("MessageAttributes", {})
        named = {name: str(value.get("StringValue", "")) for name, value in attributes.items()}
        return cls(message["Body"], named)

    @property
    def reason(self) -> str:
        """Why it was given up."""
        return self.attributes.get("reason", "")


def items_of(sandbox: Sandbox, table: str) -> list[Item]:
    """Every item of a table, in the order of a consistent scan."""
    pages = sandbox.clients.dynamodb.get_paginator("scan").paginate(
        TableName=table, ConsistentRead=True
    )
    return [from_attributes(item) for page in pages for item in page["Items"]]


def messages_of(sandbox: Sandbox, url: str, *, take: bool = False) -> list[Mapping[str, Any]]:
    """Every message that waits in a queue; they stay under way, unless they are taken out."""
    found: list[Mapping[str, Any]] = []
    sqs = sandbox.clients.sqs
    while received := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        AttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages", []):
        found += received
        for message in received if take else []:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found
