"""Requests, responses, errors and pages of the REST APIs that the platform serves itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RestResponse:
    """The status, JSON body and error code of a response."""

    status: int
    body: dict[str, Any] | None
    error: str | None = None


class RestError(Exception):
    """A refused call, with AWS's status and code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def respond(operation: Callable[[], RestResponse]) -> RestResponse:
    """Returns an operation's response; a RestError becomes AWS's error document."""
    try:
        return operation()
    except RestError as error:
        body = {"Code": error.code, "Message": str(error)}
        return RestResponse(error.status, body, error.code)


def json_object(body: bytes, code: str) -> dict[str, Any]:
    """Returns a request's JSON object; raises RestError with this code for anything else."""
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise RestError(400, code, f"The body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise RestError(400, code, "The body is not a JSON object.")
    return request


def page(member: str, items: list[dict[str, Any]], token: object, size: int) -> dict[str, Any]:
    """Returns the page of a list that begins at a token; raises ValueError if it is invalid."""
    start = int(str(token or 0))
    if start < 0 or size < 1:
        raise ValueError
    end = start + size
    more = {"NextToken": str(end)} if end < len(items) else {}
    return {member: items[start:end], **more}
