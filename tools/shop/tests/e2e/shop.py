"""The shop as its users and operators reach it: the HTTP API and AWS APIs of one stage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import urllib3

from trunklab import effects
from trunklab.observe.log_lines import LogLine
from trunklab.observe.story_search import LogSearch
from trunklab.stage import Stage

ANSWER_S_MAX: Final = 30.0
"""Seconds that an HTTP response may take."""

_HTTP: Final = urllib3.PoolManager(retries=False, timeout=ANSWER_S_MAX)


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Shop:
    """Places and reads orders, publishes events, reads tables, logs and queues."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.bus = stage.bus()
        self._api_url = stage.outputs("orders")["ApiUrl"]
        self._began_at = effects.now() - timedelta(minutes=1)

    def post(self, body: bytes, key: str | None = None) -> Reply:
        """POST /orders, with this idempotency key."""
        headers = {"content-type": "application/json"}
        headers |= {} if key is None else {"idempotency-key": key}
        return _reply(_HTTP.request("POST", f"{self._api_url}/orders", body=body, headers=headers))

    def get(self, order_id: str) -> Reply:
        """GET /orders/{id}."""
        return _reply(_HTTP.request("GET", f"{self._api_url}/orders/{order_id}"))

    def place(self, order: Mapping[str, Any]) -> str:
        """Places an order that must be accepted; returns its id."""
        reply = self.post(json.dumps(order).encode())
        assert reply.status == 202, reply
        return str(reply.body["order_id"])

    def status(self, order_id: str) -> str:
        """Returns an order's status."""
        return str(self.get(order_id).body["status"])

    def publish(self, entry: Mapping[str, str]) -> str:
        """Publishes one event; returns EventBridge's id of it."""
        answer = self.stage.client("events").put_events(
            Entries=[{"EventBusName": self.bus, **entry}]
        )
        assert answer["FailedEntryCount"] == 0, answer
        return str(answer["Entries"][0]["EventId"])

    def resource(self, service: str, logical_id: str) -> str:
        """Returns the physical id of one resource of a service's flat stack."""
        answer = self.stage.client("cloudformation").describe_stack_resource(
            StackName=f"trunkline-{self.stage.name}-{service}", LogicalResourceId=logical_id
        )
        return str(answer["StackResourceDetail"]["PhysicalResourceId"])

    def rows(self, service: str, key: str) -> list[Any]:
        """Returns the rows of one partition of a service's table, as DynamoDB writes them."""
        answer = self.stage.client("dynamodb").query(
            TableName=self.resource(service, "Table"),
            ConsistentRead=True,
            KeyConditionExpression="pk = :key",
            ExpressionAttributeValues={":key": {"S": key}},
        )
        rows: list[Any] = answer["Items"]
        return rows

    def rows_with_amount(self, service: str, field: str, amount_minor: int) -> list[Any]:
        """Returns all rows of a service's table that hold this amount of money in that field."""
        pages = (
            self.stage.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.resource(service, "Table"),
                ConsistentRead=True,
                FilterExpression="#field.amount_minor = :amount",
                ExpressionAttributeNames={"#field": field},
                ExpressionAttributeValues={":amount": {"N": str(amount_minor)}},
            )
        )
        return [row for page in pages for row in page["Items"]]

    def log_lines(self, wanted: str) -> tuple[LogLine, ...]:
        """Returns the structured log lines of an order, event or correlation id."""
        search = LogSearch(self.stage.client("logs"), self.stage.name, self._began_at)
        return search.find(wanted).lines

    def take_dead_letters(self, service: str, queue: str, marker: str) -> list[Any]:
        """Removes the dead letters that hold the marker from a queue; returns them."""
        sqs = self.stage.client("sqs")
        url = self.resource(service, queue)
        taken: list[Any] = []
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            VisibilityTimeout=1,
            WaitTimeSeconds=1,
        )
        for message in answer.get("Messages", []):
            if marker in message["Body"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                taken.append(message)
        return taken


def _reply(response: urllib3.BaseHTTPResponse) -> Reply:
    return Reply(
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=json.loads(response.data) if response.data else None,
    )
