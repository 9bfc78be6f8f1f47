"""What the function behind an HTTP API answers (payload format 2.0)."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from math import ceil
from typing import Any, TypeAlias

from trunkline.errors import KeyReusedError, UnderLeaseError
from trunkline.request_body import InvalidBodyError
from trunkline.request_key import MalformedKeyError

Answer: TypeAlias = dict[str, Any]
"""Status, headers and body, as API Gateway takes them from a function."""


class Answered(Exception):  # noqa: N818 - an answer, not a failure
    """Raised where a request has its answer and nothing is to be committed.

    So a request is refused that is none. It leaves no mark: the client may send another one with
    the same idempotency key.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__("the request is answered, and nothing is committed")


def json_answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Answer:
    """The answer with this body as JSON."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }


def answer_to(error: Exception) -> Answer | None:
    """What a client is told of what its request raised; None where the failure is the service's."""
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
