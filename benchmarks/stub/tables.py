"""Tables as DynamoDB keeps them, with the units that each call costs."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.stub.expressions import Item, holds, updated

_WRITE_UNIT_BYTES: Final = 1_024
_READ_UNIT_BYTES: Final = 4_096
_TRANSACTION_FACTOR: Final = 2
"""A write in a transaction costs two (DynamoDB guide, capacity of transactions)."""


class Refused(Exception):  # noqa: N818 - an answer, as DynamoDB gives it
    """DynamoDB's refusal: its code, and what stands beside it in the answer."""

    def __init__(self, code: str, **more: Any) -> None:
        self.code = code
        self.more = more
        super().__init__(code)


class Tables:
    """Items by table and key; `keys` says which attributes are a table's key."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        self._keys = keys
        self.items: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in keys}
        self.units: Counter[str] = Counter()
        self.operations: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "GetItem": self._get,
            "BatchGetItem": self._batch_get,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "DeleteItem": self._delete,
            "Query": self._query,
            "TransactWriteItems": self._transact,
            "BatchWriteItem": self._batch_write,
        }

    def _get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        table = request["TableName"]
        item = self.items[table].get(self._key(table, request["Key"]))
        self._read(item or {}, consistent=bool(request.get("ConsistentRead")))
        return {} if item is None else {"Item": item}

    def _batch_get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, list[Any]] = {}
        for table, asked in request["RequestItems"].items():
            for key in asked["Keys"]:
                one = {"TableName": table, "Key": key, **asked}
                found.setdefault(table, []).extend(self._get(one).values())
        return {"Responses": found, "UnprocessedKeys": {}}

    def _put(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._write("Put", request, 1)

    def _update(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._write("Update", request, 1)

    def _delete(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._write("Delete", request, 1)

    def _write(self, kind: str, request: Mapping[str, Any], factor: int) -> dict[str, Any]:
        before = self._before(request)
        if not _allowed(request, before):
            self._wrote(before, {}, factor)
            returned = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before
            raise Refused(
                "ConditionalCheckFailedException", **({"Item": before} if returned else {})
            )
        self._apply(kind, request, factor)
        return {}

    def _transact(self, request: Mapping[str, Any]) -> dict[str, Any]:
        writes = [next(iter(action.items())) for action in request["TransactItems"]]
        reasons = []
        for _kind, write in writes:
            before = self._before(write)
            reason: dict[str, Any] = {"Code": "None"}
            if not _allowed(write, before):
                reason = {"Code": "ConditionalCheckFailed"}
                if write.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and before:
                    reason["Item"] = before
            reasons.append(reason)
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", CancellationReasons=reasons)
        for kind, write in writes:
            self._apply(kind, write, _TRANSACTION_FACTOR)
        return {}

    def _batch_write(self, request: Mapping[str, Any]) -> dict[str, Any]:
        for table, writes in request["RequestItems"].items():
            for write in writes:
                for kind, fields in write.items():
                    self._apply(kind.removesuffix("Request"), {"TableName": table, **fields}, 1)
        return {"UnprocessedItems": {}}

    def _query(self, request: Mapping[str, Any]) -> dict[str, Any]:
        condition = request["KeyConditionExpression"]
        found = [
            item
            for item in self.items[request["TableName"]].values()
            if holds(condition, request, item)
        ]
        found.sort(key=lambda item: item["sk"]["S"])
        found = found[: request.get("Limit", len(found))]
        self._read({"all": {"L": [{"M": item} for item in found]}}, consistent=True)
        return {"Items": found, "Count": len(found), "ScannedCount": len(found)}

    def _apply(self, kind: str, write: Mapping[str, Any], factor: int) -> None:
        table = write["TableName"]
        before = self._before(write)
        key = self._key(table, write.get("Item") or write["Key"])
        if kind == "ConditionCheck":
            self._wrote(before, before, factor)
            return
        if kind == "Delete":
            self.items[table].pop(key, None)
            self._wrote(before, {}, factor)
            return
        after = write["Item"] if kind == "Put" else self._after_update(write, before)
        self.items[table][key] = after
        self._wrote(before, after, factor)

    def _after_update(self, write: Mapping[str, Any], before: Item) -> dict[str, Any]:
        return updated(write["UpdateExpression"], write, before or write["Key"])

    def _before(self, write: Mapping[str, Any]) -> dict[str, Any]:
        table = write["TableName"]
        return self.items[table].get(self._key(table, write.get("Item") or write["Key"]), {})

    def _key(self, table: str, attributes: Item) -> str:
        return json.dumps([attributes[name] for name in self._keys[table]])

    def _wrote(self, before: Item, after: Item, factor: int) -> None:
        size = max(item_bytes(before), item_bytes(after))
        self.units["write"] += factor * max(1, -(-size // _WRITE_UNIT_BYTES))

    def _read(self, item: Item, *, consistent: bool) -> None:
        units = max(1, -(-item_bytes(item) // _READ_UNIT_BYTES))
        self.units["half_read"] += 2 * units if consistent else units


def item_bytes(attributes: Item) -> int:
    """What an item counts (DynamoDB guide, item sizes)."""
    return sum(len(name.encode()) + _bytes_of(value) for name, value in attributes.items())


def _allowed(write: Mapping[str, Any], before: Item) -> bool:
    return holds(write.get("ConditionExpression", ""), write, before)


def _bytes_of(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "N":
        return len(value) // 2 + 2
    if kind == "M":
        return 3 + len(value) + item_bytes(value)
    if kind == "L":
        return 3 + len(value) + sum(map(_bytes_of, value))
    return len(value.encode())
