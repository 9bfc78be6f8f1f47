"""What one test's service has in AWS, and what can be seen of it there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.integration.trunkline.units import fresh
from trunkline.items import Item, from_attributes

RECEIVE_TIMES_MAX = 20
"""Receives of one second each until what was sent must have come."""


@dataclass(frozen=True)
class Clients:
    """The AWS clients that tests look with."""

    dynamodb: Any
    events: Any
    sqs: Any

    def close(self) -> None:
        """Lets go of all connections."""
        for client in (self.dynamodb, self.events, self.sqs):
            client.close()


@dataclass(frozen=True)
class Stage:
    """A table, a bus with somebody who listens, and a dead-letter queue: fresh for each test."""

    clients: Clients
    name: str
    dlq_url: str
    heard_url: str

    @property
    def rule(self) -> str:
        """The ARN of the rule through which events come, as the template tells it."""
        return f"arn:aws:events:us-east-1:000000000000:rule/{self.name}/asks"

    def settings(self) -> dict[str, str]:
        """The environment that the template gives to the functions."""
        return {
            "TRUNKLINE_SERVICE": "things",
            "TRUNKLINE_SOURCE": "test.things",
            "TRUNKLINE_TABLE": self.name,
            "TRUNKLINE_BUS": self.name,
            "TRUNKLINE_MARK_DAYS": "30",
            "TRUNKLINE_DLQ_URL": self.dlq_url,
            "TRUNKLINE_RULE": self.rule,
        }

    def items(self) -> dict[tuple[str, str], Item]:
        """Everything in the table by key."""
        pages = self.clients.dynamodb.get_paginator("scan").paginate(
            TableName=self.name, ConsistentRead=True
        )
        rows = [from_attributes(item) for page in pages for item in page["Items"]]
        return {(str(row["pk"]), str(row["sk"])): row for row in rows}

    def thing(self, thing_id: str = "t-1") -> Item | None:
        """The thing without key and version."""
        row = self.items().get((f"thing#{thing_id}", "thing"))
        return row and {key: row[key] for key in row if key not in {"pk", "sk", "_version"}}

    def outbox(self) -> list[Item]:
        """The events that wait."""
        return [row for (pk, _), row in self.items().items() if pk.startswith("trunkline#outbox#")]

    def waiting_ids(self) -> set[str]:
        """Their ids."""
        return {json.loads(str(row["detail"]))["metadata"]["event_id"] for row in self.outbox()}

    def marks(self) -> list[str]:
        """The keys of all marks."""
        return [pk for pk, sk in self.items() if sk == "mark"]

    def put(self, item: dict[str, Any]) -> None:
        """Stores an item behind the runtime's back."""
        self.clients.dynamodb.put_item(TableName=self.name, Item=item)

    def heard(self, count: int) -> list[dict[str, Any]]:
        """The events that came over the bus: waits for that many, and takes those that are more."""
        return [json.loads(message["Body"]) for message in self._received(self.heard_url, count)]

    def dead_letters(self, count: int) -> list[dict[str, Any]]:
        """The messages in the dead-letter queue, in the same way."""
        return list(self._received(self.dlq_url, count))

    def _received(self, url: str, count: int) -> Iterator[dict[str, Any]]:
        left, times = count, 0
        while times < RECEIVE_TIMES_MAX:
            times += 1
            messages = self.clients.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1 if left > 0 else 0,
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            yield from messages
            left -= len(messages)
            if left <= 0 and not messages:
                return


def make_stage(clients: Clients) -> Stage:
    """Creates everything."""
    name = f"things-{fresh()}"
    clients.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    dlq_url = clients.sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    open_to_rules = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
    }
    policy = {"Policy": json.dumps({"Statement": [open_to_rules]})}
    heard_url = clients.sqs.create_queue(QueueName=f"{name}-heard", Attributes=policy)["QueueUrl"]
    clients.events.create_event_bus(Name=name)
    clients.events.put_rule(
        Name="heard", EventBusName=name, EventPattern=json.dumps({"source": ["test.things"]})
    )
    arn = clients.sqs.get_queue_attributes(QueueUrl=heard_url, AttributeNames=["QueueArn"])
    clients.events.put_targets(
        Rule="heard",
        EventBusName=name,
        Targets=[{"Id": "heard", "Arn": arn["Attributes"]["QueueArn"]}],
    )
    return Stage(clients, name, dlq_url, heard_url)


def remove_bus(stage: Stage) -> None:
    """Deletes the bus and its rule."""
    events = stage.clients.events
    events.remove_targets(Rule="heard", EventBusName=stage.name, Ids=["heard"])
    events.delete_rule(Name="heard", EventBusName=stage.name)
    events.delete_event_bus(Name=stage.name)
