"""Responses of a function behind an HTTP API (payload format 2.0)."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from math import ceil
from typing import Any, TypeAlias

from trunkline.errors import KeyReusedError, UnderLeaseError
from trunkline.request_body import InvalidBodyError
from trunkline.request_key import MalformedKeyError

Answer: TypeAlias = dict[str, Any]
"""Status, headers and body, as API Gateway expects them from a function."""


class Answered(Exception):  # noqa: N818 - a response, not a failure
    """Ends a request with a response and without a commit.

    Raise it to refuse an invalid request. It leaves no mark: the client may send a corrected
    request with the same idempotency key.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__("the request has its response, nothing is committed")


def json_answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Answer:
    """Returns the response with this body as JSON."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }


def answer_to(error: Exception) -> Answer | None:
    """Returns the response to a client's error; None if the failure is the service's."""
    if isinstance(error, Answered):
        return error.answer
    if isinstance(error, MalformedKeyError):
        return json_answer(400, {"error": "invalid_idempotency_key", "problem": str(error)})
    if isinstance(error, InvalidBodyError):
        return json_answer(400, {"error": "invalid_body", "faults": [*map(asdict, error.faults)]})
    if isinstance(error, KeyReusedError):
        return json_answer(422, {"error": "idempotency_key_reused", "problem": str(error)})
    if isinstance(error, UnderLeaseError):
        after = {"Retry-After": str(ceil(error.left_s))}
        return json_answer(409, {"error": "request_under_way"}, after)
    return None
