"""Reads through AWS what became of orders: the tables of orders and payments, after the fact."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shop.dead_letters import DeadLetter, Queues
from trunklab.stage import Stage, StageError

_KEYS_PER_CALL: Final = 100
"""Keys of one BatchGetItem call (DynamoDB quota)."""


@dataclass(frozen=True)
class Payment:
    """What payments decided: the name of the event it caused, and why."""

    outcome: str
    reason: str | None


@dataclass(frozen=True)
class Ledger:
    """What tables and queues say: statuses and payments by order id, and the dead letters."""

    statuses: Mapping[str, str]
    payments: Mapping[str, tuple[Payment, ...]]
    dead_letters: tuple[DeadLetter, ...]


class Books:
    """The tables and queues of a stage, found through CloudFormation."""

    def __init__(self, stage: Stage) -> None:
        tables = stage.resources("AWS::DynamoDB::Table")
        self._dynamodb = stage.client("dynamodb")
        self._orders = _only(tables, "orders", stage)
        self._payments = _only(tables, "payments", stage)
        self.queues = Queues(stage)

    def statuses(self, order_ids: Sequence[str]) -> dict[str, str]:
        """Return the statuses of those orders as far as they are there."""
        statuses: dict[str, str] = {}
        for start in range(0, len(order_ids), _KEYS_PER_CALL):
            keys = [_key(order_id) for order_id in order_ids[start : start + _KEYS_PER_CALL]]
            request = {"Keys": keys, "ProjectionExpression": "pk, #s"} | _STATUS
            answer = self._dynamodb.batch_get_item(RequestItems={self._orders: request})
            # What DynamoDB leaves unprocessed is simply asked for again at the next look.
            statuses |= _statuses_in(answer["Responses"].get(self._orders, []))
        return statuses

    def read(self) -> Ledger:
        """Read everything there is."""
        payments: defaultdict[str, list[Payment]] = defaultdict(list)
        for item in self._scan(self._payments, "payment#"):
            reason = item.get("reason", {}).get("S")
            payments[_id(item)].append(Payment(item["outcome"]["S"], reason))
        return Ledger(
            statuses=_statuses_in(self._scan(self._orders, "order#")),
            payments={order_id: tuple(rows) for order_id, rows in payments.items()},
            dead_letters=self.queues.dead_letters(),
        )

    def _scan(self, table: str, prefix: str) -> Iterator[Any]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=table,
            ConsistentRead=True,
            FilterExpression="begins_with(pk, :prefix)",
            ExpressionAttributeValues={":prefix": {"S": prefix}},
        )
        for page in pages:
            yield from page["Items"]


_STATUS: Final[dict[str, Any]] = {"ExpressionAttributeNames": {"#s": "status"}}


def _key(order_id: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"order#{order_id}"}, "sk": {"S": "order"}}


def _id(item: Any) -> str:
    return str(item["pk"]["S"]).partition("#")[2]


def _statuses_in(items: Any) -> dict[str, str]:
    return {_id(item): item["status"]["S"] for item in items}


def _only(tables: Mapping[str, tuple[str, ...]], service: str, stage: Stage) -> str:
    names = tables.get(service, ())
    if len(names) != 1:
        raise StageError(
            f"stage {stage.name} at {stage.place}: stack trunkline-{stage.name}-{service} "
            f"has {len(names)} tables, one is expected: deploy it with `trunkline up`"
        )
    return names[0]
