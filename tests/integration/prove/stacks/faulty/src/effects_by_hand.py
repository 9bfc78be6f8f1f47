"""What these functions do by themselves instead of leaving it to the runtime."""

import json
from typing import Any

import boto3

from trunkline import Effects
from trunkline.settings import Settings


def settings() -> Settings:
    """What the template tells."""
    return Settings.from_environment(consumes=True)


def count(order_id: str, *conditions: dict[str, Any]) -> None:
    """Adds one to the order's counter, in one transaction with whatever else is given."""
    update = {
        "TableName": settings().table,
        "Key": {"pk": {"S": f"order#{order_id}"}, "sk": {"S": "counter"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    boto3.client("dynamodb").transact_write_items(TransactItems=[{"Update": update}, *conditions])


def publish(order_id: str) -> None:
    """Tells the bus of the order, under an id that no other delivery makes."""
    detail = {"metadata": {"event_id": Effects.real().random_hex(32)}, "data": {"id": order_id}}
    entry = {
        "EventBusName": settings().bus,
        "Source": "test.faulty",
        "DetailType": "OrderSeen",
        "Detail": json.dumps(detail),
    }
    boto3.client("events").put_events(Entries=[entry])
