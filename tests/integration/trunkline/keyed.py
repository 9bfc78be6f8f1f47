"""Requests with keys as a function of `things` takes them, and what comes of them."""

import json
from typing import Any

from tests.integration.trunkline.functions import Result
from tests.integration.trunkline.stage import Stage


def a_request(
    act: str = "count-by-reading", key: str | None = "k-1", request_id: str = "r-1", **data: Any
) -> dict[str, Any]:
    """A request that asks for that act under that key."""
    headers = {} if key is None else {"idempotency-key": key}
    ask = {"thing_id": "t-1", "act": act, **data}
    return {"ask": ask, "headers": headers, "request_id": request_id}


def said(result: Result) -> tuple[int, Any]:
    """Status and body of an answer."""
    answer = result.answer["answer"]
    return answer["statusCode"], json.loads(answer["body"])


def event_ids(stage: Stage, count: int) -> set[str]:
    """The ids of the events that were heard, and what is heard more than once counts."""
    heard = stage.heard(count)
    ids = {event["detail"]["metadata"]["event_id"] for event in heard}
    assert len(heard) == len(ids) == count
    return ids
