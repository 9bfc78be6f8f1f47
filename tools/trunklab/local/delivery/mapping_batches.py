"""Batches of an SQS mapping: its records, their filters and the answer of the function."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from trunklab.local.delivery.function_state import INVALID
from trunklab.local.delivery.messages import Message, attributes_md5
from trunklab.local.delivery.steps import ApiError, InvocationResult, JsonObject
from trunklab.patterns.errors import InvalidEventError, InvalidPatternError
from trunklab.patterns.pattern import Pattern

BATCH_BYTES_MAX: Final = 6 * 1024 * 1024
FILTERS_MAX: Final = 5
_SEPARATOR: Final = b", "


@dataclass(frozen=True, slots=True)
class Record:
    """A received message as the function gets it."""

    receipt_handle: str
    text: bytes


Batch = dict[str, Record]
"""By message id: a message that is received again takes the place of its earlier record."""


def record_of(message: Message, queue_arn: str, region: str) -> JsonObject:
    """Returns a received message as an item of `Records` [chapter 6.5]."""
    received = message.received(["All"], [])
    record: JsonObject = {
        "messageId": message.message_id,
        "receiptHandle": received["ReceiptHandle"],
        "body": message.body,
        "attributes": received["Attributes"],
        "messageAttributes": {name: _shown(value) for name, value in message.attributes.items()},
        "md5OfBody": received["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }
    if message.attributes:
        record["md5OfMessageAttributes"] = attributes_md5(message.attributes)
    return record


def _shown(attribute: JsonObject) -> JsonObject:
    shown: JsonObject = {"stringListValues": [], "binaryListValues": []}
    if "StringValue" in attribute:
        shown["stringValue"] = attribute["StringValue"]
    if "BinaryValue" in attribute:
        shown["binaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode()
    return {**shown, "dataType": attribute["DataType"]}


def fitting(waiting: Batch, size: int) -> Batch:
    """Returns the first records, as many as fit into a payload and a batch, and at least one."""
    batch: Batch = {}
    total = len(payload_of(batch))
    for key, record in islice(waiting.items(), size):
        total += len(record.text) + len(_SEPARATOR)
        if total > BATCH_BYTES_MAX and batch:
            break
        batch[key] = record
    return batch


def payload_of(batch: Batch) -> bytes:
    """Returns the Lambda event of a batch."""
    return b'{"Records": [%b]}' % _SEPARATOR.join(record.text for record in batch.values())


def failed_of(result: InvocationResult, ids: frozenset[str], *, is_partial: bool) -> frozenset[str]:
    """Returns the ids of the messages that are to be received again [chapter 6.5].

    `is_partial` is true if the mapping reports batch item failures.
    """
    if result.function_error or not is_partial:
        return ids if result.function_error else frozenset()
    try:
        answer = json.loads(result.payload or b"null") or {}
        named = frozenset(item["itemIdentifier"] for item in answer.get("batchItemFailures") or ())
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
        return ids  # an answer of another form fails the whole batch
    return named if ids.issuperset(named) else ids


def patterns_of(criteria: JsonObject | None) -> tuple[Pattern, ...]:
    """Returns the filters of a mapping; raises ApiError for those that Lambda refuses."""
    filters = (criteria or {}).get("Filters", [])
    if len(filters) > FILTERS_MAX:
        raise ApiError(INVALID, f"A mapping has at most {FILTERS_MAX} filters.")
    try:
        return tuple(Pattern.parse(one.get("Pattern", "")) for one in filters)
    except InvalidPatternError as error:
        raise ApiError(INVALID, "Invalid filter pattern definition.") from error


def is_wanted(record: JsonObject, patterns: Iterable[Pattern]) -> bool:
    """True if a filter matches the record, or the mapping has no filters."""
    if not patterns:
        return True
    event = {**record, "body": _parsed(record["body"])}
    return any(_matches(pattern, event) for pattern in patterns)


def _matches(pattern: Pattern, event: JsonObject) -> bool:
    try:
        return pattern.matches(event)
    except InvalidEventError:
        return False


def _parsed(body: str) -> object:
    """Returns a JSON body as an object; other text as it is [Lambda guide, event filtering]."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body
