"""Checks of a call of Invoke, and its answers."""

import base64
import json
from typing import Final

from trunklab.local.delivery.steps import ApiError, InvocationResult, JsonObject

SYNCHRONOUS_PAYLOAD_MAX: Final = 6_291_456
ASYNCHRONOUS_PAYLOAD_MAX: Final = 1_048_576
"""Bytes [Lambda quotas]."""
_THROTTLED_STATUS: Final = 429


def answer_of(result: InvocationResult | ApiError, log_type: str | None) -> JsonObject | ApiError:
    """Returns what a synchronous call of Invoke is answered."""
    if isinstance(result, ApiError):
        return result
    answer: JsonObject = {
        "StatusCode": 200,
        "ExecutedVersion": result.executed_version,
        "Payload": result.payload,
    }
    if result.function_error:
        answer["FunctionError"] = result.function_error
    if log_type == "Tail":
        answer["LogResult"] = base64.b64encode(result.log_tail).decode()
    return answer


def check_payload(payload: bytes, *, is_event: bool) -> None:
    """Raises ApiError for a payload that is too large or not JSON."""
    limit = ASYNCHRONOUS_PAYLOAD_MAX if is_event else SYNCHRONOUS_PAYLOAD_MAX
    if len(payload) > limit:
        message = (
            f"{len(payload)} byte payload is too large for the Event invocation type"
            f" (limit {limit} bytes)"
            if is_event
            else f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        )
        raise ApiError("RequestTooLargeException", message)
    try:
        json.loads(payload)
    except (ValueError, RecursionError) as error:
        problem = f"Could not parse payload into json: {error}"
        message = f"Could not parse request body into json: {problem}"
        raise ApiError("InvalidRequestContentException", message) from error


def throttled(reason: str) -> ApiError:
    """Returns the error of a call beyond the concurrency limit."""
    return ApiError("TooManyRequestsException", "Rate Exceeded.", _THROTTLED_STATUS, Reason=reason)
