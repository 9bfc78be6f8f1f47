"""The service's DynamoDB table: the operations that the runtime uses."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from trunkline.aws import AwsRefusedError
from trunkline.bounds import (
    BATCH_GET_ATTEMPTS_MAX,
    BATCH_GET_ITEMS_MAX,
    BATCH_WRITE_ATTEMPTS_MAX,
    BATCH_WRITE_ITEMS_MAX,
)
from trunkline.effects import Effects
from trunkline.errors import PermanentError
from trunkline.items import Item, Key, from_attributes, key_attributes

_NEVER: Final = frozenset({"ValidationError", "ItemCollectionSizeLimitExceeded"})
"""Permanent cancellation reasons (DynamoDB API reference, TransactWriteItems). All others are
temporary: TransactionConflict, ProvisionedThroughputExceeded, ThrottlingError and unknown ones."""


class Contention(Exception):  # noqa: N818  # a state of the table, raised and caught in the runtime
    """The transaction conflicted with others or was throttled: a retry may succeed."""


class ConditionsFailed(Exception):  # noqa: N818  # the same
    """Conditions of the transaction failed; `indexes` are those of the failed actions."""

    def __init__(self, indexes: list[int]) -> None:
        self.indexes = indexes
        super().__init__(f"conditions of actions {indexes} failed")


class Table:
    """The table, with strongly consistent reads, and writes in transactions only."""

    def __init__(self, name: str, client: Any, effects: Effects) -> None:
        self._name = name
        self._client = client
        self._effects = effects

    def get(self, key: Key) -> Item | None:
        """Returns the item with its key, or None."""
        answer = self._client.get_item(
            TableName=self._name, Key=key_attributes(key), ConsistentRead=True
        )
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def get_all(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Returns the existing items; raises Contention if DynamoDB leaves keys unprocessed."""
        found = {}
        for start in range(0, len(keys), BATCH_GET_ITEMS_MAX):
            left = [key_attributes(key) for key in keys[start : start + BATCH_GET_ITEMS_MAX]]
            for item in self._get_batch(left):
                found[str(item["pk"]), str(item["sk"])] = item
        return found

    def _get_batch(self, keys: list[dict[str, Any]]) -> Iterator[Item]:
        for attempt in range(BATCH_GET_ATTEMPTS_MAX):
            wanted = {self._name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._client.batch_get_item(RequestItems=wanted)
            yield from map(from_attributes, (answer.get("Responses") or {}).get(self._name, []))
            keys = (answer.get("UnprocessedKeys") or {}).get(self._name, {}).get("Keys", [])
            if not keys:
                return
            self._effects.sleep_s(self._effects.backoff_s(attempt))
        raise Contention

    def query(self, pk: str, *, prefix: str = "", before: str = "", limit: int) -> Iterator[Item]:
        """Yields items of one partition in the order of `sk`, at most `limit`.

        Selects items whose `sk` begins with `prefix`, or whose `sk` is smaller than `before`.
        """
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if prefix:
            condition += " AND begins_with(sk, :prefix)"
            values[":prefix"] = {"S": prefix}
        if before:
            condition += " AND sk < :before"
            values[":before"] = {"S": before}
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }
        while limit:
            page = self._client.query(Limit=limit, **request)
            items = page["Items"][:limit]
            yield from map(from_attributes, items)
            limit -= len(items)
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def transact(self, actions: Sequence[dict[str, Any]]) -> None:
        """Makes all writes in one transaction.

        Raises ConditionsFailed, Contention, PermanentError if DynamoDB can never accept the writes,
        AwsError for any other failure.
        """
        named = [
            {kind: {"TableName": self._name, **fields} for kind, fields in action.items()}
            for action in actions
        ]
        try:
            self._client.transact_write_items(TransactItems=named)
        except AwsRefusedError as error:
            reasons = error.answer.get("CancellationReasons")
            if reasons is None:
                raise
            raise _meaning([reason.get("Code", "None") for reason in reasons]) from error

    def delete(self, keys: Sequence[Key]) -> int:
        """Deletes the items; returns how many DynamoDB left after retries with backoff."""
        left = 0
        for start in range(0, len(keys), BATCH_WRITE_ITEMS_MAX):
            batch = keys[start : start + BATCH_WRITE_ITEMS_MAX]
            requests = [{"DeleteRequest": {"Key": key_attributes(key)}} for key in batch]
            left += self._delete_batch(requests)
        return left

    def _delete_batch(self, requests: list[dict[str, Any]]) -> int:
        for attempt in range(BATCH_WRITE_ATTEMPTS_MAX):
            answer = self._client.batch_write_item(RequestItems={self._name: requests})
            requests = (answer.get("UnprocessedItems") or {}).get(self._name, [])
            if not requests or attempt == BATCH_WRITE_ATTEMPTS_MAX - 1:
                break
            self._effects.sleep_s(self._effects.backoff_s(attempt))
        return len(requests)


def _meaning(codes: list[str]) -> Exception:
    failed = [index for index, code in enumerate(codes) if code == "ConditionalCheckFailed"]
    if failed:
        return ConditionsFailed(failed)
    refused = {index: code for index, code in enumerate(codes) if code in _NEVER}
    if refused:
        return PermanentError(f"DynamoDB can never accept these writes: {refused}")
    return Contention()
