"""What is said of a committed event that was given up, and that SQS takes it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.trunkline.events import a_row
from trunkline.bounds import EVENT_BYTES_MAX
from trunkline.dead_letters import letter_of_item, letter_of_row
from trunkline.errors import InvalidEventError

SQS_BYTES_MAX = 1_048_576
"""Bytes of a message (SQS API reference, SendMessage)."""

BROKEN = InvalidEventError("the envelope is invalid", ["detail.metadata: must be an object"])


@pytest.mark.parametrize("character", ["x", "ä", "東", "🚚", "\x00", '"'])
def test_the_largest_event_fits_into_a_message(character: str) -> None:
    """Whatever it is written in: what may be committed may be given up."""
    width = len(json.dumps(character, ensure_ascii=False).encode()) - 2
    row = a_row(data={"text": character * ((EVENT_BYTES_MAX - 1_000) // width)})

    letter = letter_of_row(row, "MalformedDetail")

    assert EVENT_BYTES_MAX - 1_000 < row.size_bytes <= EVENT_BYTES_MAX
    assert len(letter.body.encode()) < SQS_BYTES_MAX
    assert json.loads(letter.body)["detail"] == json.loads(row.detail)


def test_an_event_lies_there_as_a_consumer_would_have_seen_it() -> None:
    """Source, type and detail, so that it can be put on the bus by whoever has mended it."""
    letter = letter_of_row(a_row(data={"a": 1}), "InvalidArgument")

    event = json.loads(letter.body)
    assert sorted(event) == ["detail", "detail-type", "source"]
    assert (event["source"], event["detail-type"]) == ("shop.orders", "OrderPlaced")
    assert event["detail"]["data"] == {"a": 1}
    assert letter.event_id == event["detail"]["metadata"]["event_id"]
    assert letter.reason == "EventBridge refuses the event permanently: InvalidArgument"


ODD: dict[str, Any] = {
    "bytes": b"\x00\xff",
    "a number": Decimal("1.5"),
    "a set": {"a"},
    "a character that no message holds": "\uffff",
    "a list": [1, None, True],
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD.keys())
def test_whatever_a_row_holds_is_kept_in_ascii(value: Any) -> None:
    """It may be all that is left of an event."""
    item = {"pk": "trunkline#outbox#0", "sk": "x", "detail": '{"data":{}}', "note": value}

    letter = letter_of_item(item, BROKEN)

    body = json.loads(letter.body)
    assert letter.body.isascii()
    assert body["detail"] == {"data": {}}
    assert sorted(body["row"]) == ["note", "pk", "sk"]
    assert letter.reason == (
        "the outbox row is not a valid event: "
        "the envelope is invalid: detail.metadata: must be an object"
    )
