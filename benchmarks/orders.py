"""The orders that both sides decide, as SQS delivers them, and what must come of each."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

BATCH: Final = 10
"""Messages of one invocation."""

QUEUE: Final = "arn:aws:sqs:us-east-1:000000000000:decide-payment"

_LIMIT: Final = {"card_minor": 300_000, "invoice_minor": 10_000}
"""The limits of those customers who have some of their own."""

_KINDS: Final = (
    # method, token, amount, has limits of their own, what must come of it
    ("card", "tok_good", 12_500, False, ""),
    ("card", "tok_good", 100_000, False, ""),
    ("card", "tok_good", 100_001, False, "limit_exceeded"),
    ("card", "tok_refused", 9_900, False, "card_refused"),
    ("card", "tok_fraud", 900_000, False, "suspected_fraud"),
    ("invoice", None, 50_000, False, ""),
    ("invoice", None, 50_001, False, "limit_exceeded"),
    ("card", "tok_good", 250_000, True, ""),
    ("invoice", None, 20_000, True, "limit_exceeded"),
)


@dataclass(frozen=True)
class Order:
    """One order: its SQS message, and what its payment must be (`reason` empty: captured)."""

    order_id: str
    event_id: str
    customer_id: str
    amount_minor: int
    method: str
    reason: str
    has_limit: bool
    message: Mapping[str, Any]

    @property
    def detail_type(self) -> str:
        """The event that must follow, once."""
        return "PaymentDeclined" if self.reason else "PaymentCaptured"


def make_orders(count: int, seed: int, now: datetime) -> list[Order]:
    """Different orders of different customers, of every kind in turn."""
    chance = random.Random(seed)  # noqa: S311 - test data
    return [_order(index, chance, now) for index in range(count)]


def batches(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """The orders as Lambda hands them over, in full batches."""
    starts = range(0, len(orders), BATCH)
    return [
        {"Records": [order.message for order in orders[start : start + BATCH]]} for start in starts
    ]


def limits(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """The rows of customers' own limits, in DynamoDB's form."""
    return [
        {
            "pk": {"S": f"customer#{order.customer_id}"},
            "sk": {"S": "limit"},
            **{name: {"N": str(value)} for name, value in _LIMIT.items()},
        }
        for order in orders
        if order.has_limit
    ]


def _order(index: int, chance: random.Random, now: datetime) -> Order:
    method, token, amount, has_limit, reason = _KINDS[index % len(_KINDS)]
    order_id = _id(chance)
    customer_id = f"cust-{_id(chance)[:13]}"
    price = {"amount_minor": amount, "currency": "EUR"}
    customer = {
        "id": customer_id,
        "name": "Ada Lindqvist",
        "email": "ada.lindqvist@example.com",
        "address": {
            "street": "Hafengasse 12",
            "postcode": "20457",
            "city": "Hamburg",
            "country": "DE",
        },
    }
    line = {"sku": "LAMP-BRASS-01", "title": "Desk lamp, brass", "quantity": 1}
    data = {
        "order_id": order_id,
        "customer": customer,
        "lines": [{**line, "unit_price": price}],
        "total": price,
        "payment": {"method": method, "card_token": token},
    }
    event = _event(data, chance, now)
    return Order(
        order_id=order_id,
        event_id=event["detail"]["metadata"]["event_id"],
        customer_id=customer_id,
        amount_minor=amount,
        method=method,
        reason=reason,
        has_limit=has_limit,
        message=_message(event, chance),
    )


def _event(data: Mapping[str, Any], chance: random.Random, now: datetime) -> dict[str, Any]:
    trace = f"{int(now.timestamp()):08x}{chance.getrandbits(96):024x}"
    moment = now.isoformat(timespec="milliseconds")
    metadata = {
        "event_id": _id(chance),
        "subject": data["order_id"],
        "occurred_at": moment,
        "correlation_id": _id(chance),
        "causation_id": None,
        "traceparent": f"00-{trace}-{chance.getrandbits(64) | 1:016x}-01",
        "producer": "orders",
    }
    return {
        "version": "0",
        "id": _id(chance),
        "detail-type": "OrderPlaced",
        "source": "shop.orders",
        "account": "000000000000",
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [],
        "detail": {"metadata": metadata, "data": data},
    }


def _message(event: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    return {
        "messageId": _id(chance),
        "receiptHandle": f"{chance.getrandbits(512):0128x}",
        "body": json.dumps(event, separators=(",", ":")),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1760000000000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1760000000001",
        },
        "messageAttributes": {},
        "md5OfBody": f"{chance.getrandbits(128):032x}",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": "us-east-1",
    }


def _id(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))
