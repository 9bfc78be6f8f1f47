"""What a caller receives when AWS, or a provider, throttles or refuses a call."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from trunklab.testing.wire import Call, Reply

_THROTTLED: Final = "Rate exceeded"
_SHAPES: Final = {
    "DynamoDB_20120810": (
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
    ),
    "AmazonSQS": "com.amazonaws.sqs#RequestThrottled",
}
"""Throttling errors by the prefix of X-Amz-Target (botocore's models)."""

_OTHER_SHAPE: Final = "ThrottlingException"
_ACCESS_DENIED: Final = "com.amazon.coral.service#AccessDeniedException"


def throttled(call: Call) -> Reply:
    """Returns the response to a call that was throttled; nothing of the call took effect."""
    if not call.is_aws:
        return Reply(HTTPStatus.TOO_MANY_REQUESTS, b"{}")
    target = _target_of(call)
    if not target:
        return _query_error(HTTPStatus.BAD_REQUEST, "Throttling", _THROTTLED)
    if call.operation in _PARTIAL:
        return _json(HTTPStatus.OK, _PARTIAL[call.operation](call.body))
    if call.operation == "TransactWriteItems":
        return _json(HTTPStatus.BAD_REQUEST, _cancelled(call.body))
    return _error(_SHAPES.get(target, _OTHER_SHAPE), _THROTTLED)


def refused(call: Call) -> Reply:
    """Returns the response to a call that was refused; the same call may succeed later.

    AWS denies access. A provider is unavailable: an HTTP 4xx would end the event for good.
    """
    if not call.is_aws:
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE, b"{}")
    denied = f"User is not authorized to perform {call.operation}"
    if not _target_of(call):
        return _query_error(HTTPStatus.FORBIDDEN, "AccessDenied", denied)
    return _error(_ACCESS_DENIED, denied)


def _entries_throttled(body: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": _THROTTLED}
    count = len(body["Entries"])
    return {"FailedEntryCount": count, "Entries": [entry] * count}


_PARTIAL: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "PutEvents": _entries_throttled,
    "BatchWriteItem": lambda body: {"UnprocessedItems": body["RequestItems"]},
    "BatchGetItem": lambda body: {"Responses": {}, "UnprocessedKeys": body["RequestItems"]},
}
"""Operations that answer 200 and name what was throttled (AWS API references)."""


def _cancelled(body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the error of a throttled transaction (DynamoDB API reference, TransactWriteItems)."""
    reason = {"Code": "ThrottlingError", "Message": _THROTTLED}
    codes = [reason["Code"]] * len(body["TransactItems"])
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific "
        f"reasons [{', '.join(codes)}]",
        "CancellationReasons": [reason] * len(codes),
    }


def _error(shape: str, message: str) -> Reply:
    return _json(HTTPStatus.BAD_REQUEST, {"__type": shape, "message": message})


def _json(status: HTTPStatus, body: Mapping[str, Any]) -> Reply:
    return Reply(status, json.dumps(body).encode())


def _query_error(status: HTTPStatus, code: str, message: str) -> Reply:
    """Returns an error of AWS's query protocol; SDKs of REST-JSON services read its status."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return Reply(status, f"<ErrorResponse>{error}</ErrorResponse>".encode())


def _target_of(call: Call) -> str:
    """Returns the prefix of X-Amz-Target; empty for protocols other than JSON."""
    lowered = {name.lower(): value for name, value in call.headers.items()}
    return lowered.get("x-amz-target", "").rpartition(".")[0]
