"""What the HTTP client was answered for each order."""

import json
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final

_TEXT_CHARACTERS_MAX: Final = 200
"""Characters kept of an answer that is not understood."""

_FINAL: Final = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
_TRY_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class Kind(StrEnum):
    """The three ways an order can be answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """The answer to one order; `problems` says why it was refused or what failed."""

    line: int
    kind: Kind
    order_id: str | None = None
    problems: tuple[str, ...] = ()


def understand(line: int, status: int, body: bytes) -> Answer:
    """Say what an HTTP answer means for the order of that line."""
    document = _object_in(body)
    if status == HTTPStatus.ACCEPTED:
        order_id = document.get("order_id")
        if isinstance(order_id, str) and order_id:
            return Answer(line, Kind.ACCEPTED, order_id)
        return Answer(line, Kind.FAILED, problems=("answered 202 without an order id",))
    text = body[:_TEXT_CHARACTERS_MAX].decode(errors="replace").strip()
    problems = _faults_in(document) or (f"answered {status}: {text}".removesuffix(": "),)
    is_final = status in _FINAL and status not in _TRY_LATER
    kind = Kind.REFUSED if is_final else Kind.FAILED
    return Answer(line, kind, problems=problems)


def unanswered(line: int, problem: str) -> Answer:
    """Say that no answer came: the order may or may not have been accepted."""
    return Answer(line, Kind.FAILED, problems=(f"no answer: {problem}",))


def _object_in(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _faults_in(document: dict[str, object]) -> tuple[str, ...]:
    faults = document.get("faults")
    if not isinstance(faults, list):
        return ()
    return tuple(
        f"{fault.get('field')}: {fault.get('problem')}"
        for fault in faults
        if isinstance(fault, dict)
    )
