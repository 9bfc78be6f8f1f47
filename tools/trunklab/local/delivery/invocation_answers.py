"""Checks of a call of Invoke, and its answers."""

import base64
import json
from typing import Final

from trunklab.local.delivery.steps import ApiError, InvocationResult, JsonObject

SYNCHRONOUS_PAYLOAD_MAX: Final = 6_291_456


ASYNCHRONOUS_PAYLOAD_MAX: Final = 1_048_576
"""Bytes [Lambda quotas]."""


_THROTTLED: Final = "TooManyRequestsException"


_THROTTLED_STATUS: Final = 429


def answer_of(
    result: InvocationResult | ApiError, log_type: str | None, version: str
) -> JsonObject | ApiError:
    """Returns what a synchronous call of Invoke is answered."""
    if isinstance(result, ApiError):
        return result
    answer: JsonObject = {
        "StatusCode": 200,
        "ExecutedVersion": version,
        "Payload": result.payload,
    }
    if result.function_error:
        answer["FunctionError"] = result.function_error
    if log_type == "Tail":
        answer["LogResult"] = base64.b64encode(result.log_tail).decode()
    return answer


def check_payload(payload: bytes, limit: int) -> None:
    """Raises ApiError for a payload that is too large or not JSON."""
    if len(payload) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        raise ApiError("RequestTooLargeException", message)
    try:
        json.loads(payload)
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: {error}"
        raise ApiError("InvalidRequestContentException", message) from error


def throttled(reason: str) -> ApiError:
    """Returns the error of a call beyond the concurrency limit."""
    return ApiError(_THROTTLED, "Rate Exceeded.", _THROTTLED_STATUS, Reason=reason, Type="User")
