"""Functions that each break exactly-once effects in the way that its name says."""

# ruff: noqa: TID251 - a function without a settings module

import http.client
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from schemas.orders import OrderPlaced
from trunkline import Consumer, Effects, UnitOfWork
from trunkline.settings import Settings

Event = dict[str, Any]
Answer = dict[str, Any]

writing = Consumer()
publishing = Consumer()
calling = Consumer()
undeclared = Consumer()


@writing.on(OrderPlaced, name="write-itself")
def write_itself(order: OrderPlaced, unit: UnitOfWork) -> None:
    """This write is not part of the commit."""
    _count(order.order_id)
    unit.put(f"order#{order.order_id}", "seen", {"total": order.total.amount_minor})


@publishing.on(OrderPlaced, name="publish-itself")
def publish_itself(order: OrderPlaced, unit: UnitOfWork) -> None:
    """Nor is this event."""
    _publish(order.order_id)
    unit.put(f"order#{order.order_id}", "seen", {"total": order.total.amount_minor})


@calling.on(OrderPlaced, name="call-outside")
def call_outside(order: OrderPlaced, unit: UnitOfWork) -> None:
    """The provider cannot know that it was asked before."""
    url = urlsplit(os.environ["PROVIDER_URL"])
    connection = http.client.HTTPConnection(url.netloc, timeout=5)
    connection.request("POST", url.path, json.dumps({"order": order.order_id}))
    connection.getresponse().read()
    unit.put(f"order#{order.order_id}", "seen", {"total": order.total.amount_minor})


def marks_first(event: Event, _context: object) -> Answer:
    """Who dies after the mark leaves the rest to nobody."""
    for event_id, order_id in _orders(event):
        try:
            boto3.client("dynamodb").put_item(
                **_mark(event_id), ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError:
            continue
        _count(order_id)
        _publish(order_id)
    return {}


def checks_then_acts(event: Event, _context: object) -> Answer:
    """Every death is harmless here; two deliveries at once are not."""
    for event_id, order_id in _orders(event):
        mark = _mark(event_id)
        found = boto3.client("dynamodb").get_item(
            TableName=mark["TableName"], Key=mark["Item"], ConsistentRead=True
        )
        if "Item" not in found:
            _count(order_id, {"Put": mark})
    return {}


def hopes_to_publish(event: Event, _context: object) -> Answer:
    """Every death is harmless here; a bus that does not take the event is not."""
    for event_id, order_id in _orders(event):
        with suppress(BotoCoreError, ClientError):
            _publish(order_id, event_id)
    return {}


def overwrites_others(event: Event, _context: object) -> Answer:
    """What others write between its read and its write is gone."""
    for event_id, order_id in _orders(event):
        table = _settings().table
        key = {"pk": {"S": f"order#{order_id}"}, "sk": {"S": "seen"}}
        found = boto3.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
        item = {**key, **found.get("Item", {}), event_id: {"BOOL": True}}
        boto3.client("dynamodb").put_item(TableName=table, Item=item)
    return {}


def swallows_broken(event: Event, _context: object) -> Answer:
    """A message that it does not understand is gone without a word."""
    for record in event["Records"]:
        data = json.loads(record["body"])["detail"]["data"]
        if "order_id" in data:
            boto3.client("dynamodb").put_item(**_mark(data["order_id"]))
    return {}


def idle(_event: Event, _context: object) -> Answer:
    """Who calls nobody has no effect to be proved."""
    return {}


def _settings() -> Settings:
    return Settings.from_environment(consumes=True)


def _count(order_id: str, *others: dict[str, Any]) -> None:
    """Adds one to the order's counter, in one transaction with the other writes."""
    update = {
        "TableName": _settings().table,
        "Key": {"pk": {"S": f"order#{order_id}"}, "sk": {"S": "counter"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    boto3.client("dynamodb").transact_write_items(TransactItems=[{"Update": update}, *others])


def _publish(order_id: str, event_id: str = "") -> None:
    """Tells the bus of the order, by default under an id that no other delivery makes."""
    event_id = event_id or Effects.real().random_hex(32)
    detail = {"metadata": {"event_id": event_id}, "data": {"id": order_id}}
    entry = {
        "EventBusName": _settings().bus,
        "Source": "test.faulty",
        "DetailType": "OrderSeen",
        "Detail": json.dumps(detail),
    }
    boto3.client("events").put_events(Entries=[entry])


def _orders(event: Event) -> Iterator[tuple[str, str]]:
    for record in event["Records"]:
        detail = json.loads(record["body"])["detail"]
        yield detail["metadata"]["event_id"], detail["data"]["order_id"]


def _mark(name: str) -> dict[str, Any]:
    return {"TableName": _settings().table, "Item": {"pk": {"S": f"mark#{name}"}, "sk": {"S": "-"}}}


write = writing.handler
publish = publishing.handler
call = calling.handler
declares_nothing = undeclared.handler
