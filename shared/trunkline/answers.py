"""What the function behind an HTTP API answers (payload format 2.0)."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

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
