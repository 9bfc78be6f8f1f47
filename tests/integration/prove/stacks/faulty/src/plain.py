"""Functions without the runtime, each with the mistake that its name says."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from effects_by_hand import count, publish, settings

Event = dict[str, Any]
Answer = dict[str, Any]


def marks_first(event: Event, _context: object) -> Answer:
    """Who dies after the mark leaves the rest to nobody."""
    for event_id, order_id in _orders(event):
        try:
            boto3.client("dynamodb").put_item(
                **_mark(event_id), ConditionExpression="attribute_not_exists(pk)"
            )
        except ClientError:
            continue
        count(order_id)
        publish(order_id)
    return {}


def checks_then_acts(event: Event, _context: object) -> Answer:
    """Every death is harmless here; two deliveries at once are not."""
    for event_id, order_id in _orders(event):
        mark = _mark(event_id)
        key = {name: mark["Item"][name] for name in ("pk", "sk")}
        found = boto3.client("dynamodb").get_item(
            TableName=mark["TableName"], Key=key, ConsistentRead=True
        )
        if "Item" not in found:
            count(order_id, {"Put": mark})
    return {}


def swallows_broken(event: Event, _context: object) -> Answer:
    """A message that it does not understand is gone without a word."""
    for record in event["Records"]:
        data = json.loads(record["body"])["detail"]["data"]
        if "order_id" in data:
            mark = _mark(data["order_id"])
            boto3.client("dynamodb").put_item(**mark)
    return {}


def idle(_event: Event, _context: object) -> Answer:
    """Nothing can go wrong with nothing."""
    return {}


def _orders(event: Event) -> Iterator[tuple[str, str]]:
    for record in event["Records"]:
        detail = json.loads(record["body"])["detail"]
        yield detail["metadata"]["event_id"], detail["data"]["order_id"]


def _mark(name: str) -> dict[str, Any]:
    return {"TableName": settings().table, "Item": {"pk": {"S": f"mark#{name}"}, "sk": {"S": "-"}}}
