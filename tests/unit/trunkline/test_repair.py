"""Metadata that only describe an event are repaired; what identifies it stays as it came."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trunkline.events import METADATA, NOON, an_event, with_metadata, without_metadata
from trunkline.bounds import METADATA_CHARACTERS_MAX
from trunkline.envelope import Envelope, metadata_faults
from trunkline.errors import InvalidEventError
from trunkline.repair import repaired

OWN = "00-00000000000000000000000000000abc-0000000000000def-00"
NOW = NOON + timedelta(hours=1)
TIME = "2026-11-02T12:00:05Z"
TRACE = METADATA["traceparent"]
LONG = "x" * (METADATA_CHARACTERS_MAX + 1)

REPAIRS: dict[str, tuple[str, Any, Any]] = {
    "a later version": ("traceparent", "01" + TRACE[2:], TRACE),
    "a later version with more fields": ("traceparent", f"cc{TRACE[2:]}-more-again", TRACE),
    "a later version with unknown flags": ("traceparent", f"01{TRACE[2:-2]}ff", TRACE),
    "a later version, not sampled": ("traceparent", f"01{TRACE[2:-2]}02", f"{TRACE[:-2]}00"),
    "upper-case hex": ("traceparent", TRACE.upper(), TRACE),
    "the invalid version": ("traceparent", "ff" + TRACE[2:], OWN),
    "version 00 with more fields": ("traceparent", f"{TRACE}-more", OWN),
    "a later version that does not end": ("traceparent", f"01{TRACE[2:]}f", OWN),
    "a trace of zeros": ("traceparent", f"00-{'0' * 32}-53995c3f42cd8ad8-01", OWN),
    "X-Ray's header": ("traceparent", "Root=1-5759e988-bd862e3fe1be46a994272793", OWN),
    "a trace that is not a string": ("traceparent", {"id": 1}, OWN),
    "no trace": ("traceparent", None, OWN),
    "an impossible offset": ("occurred_at", "2026-11-02T12:00:00+24:00", TIME),
    "no offset": ("occurred_at", "2026-11-02T12:00:00", TIME),
    "lower-case letters": ("occurred_at", "2026-11-02t12:00:00z", "2026-11-02T12:00:00Z"),
    "a leap second": ("occurred_at", "2026-12-31T23:59:60Z", TIME),
    "epoch seconds": ("occurred_at", 1_762_084_800, TIME),
    "no moment": ("occurred_at", None, TIME),
    "no correlation": ("correlation_id", None, METADATA["event_id"]),
    "an empty correlation": ("correlation_id", "", METADATA["event_id"]),
    "a correlation that is a number": ("correlation_id", 7, METADATA["event_id"]),
    "a correlation of two lines": ("correlation_id", "c\n1", METADATA["event_id"]),
    "an endless correlation": ("correlation_id", LONG, METADATA["event_id"]),
    "an empty causation": ("causation_id", "", None),
    "a causation that is a number": ("causation_id", 7, None),
    "a causation with a zero byte": ("causation_id", "e\x001", None),
    "no producer": ("producer", None, "shop.orders"),
    "a producer that is a list": ("producer", ["orders"], "shop.orders"),
    "an endless producer": ("producer", LONG, "shop.orders"),
}


def read(event: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The event's metadata after its repair, with the names of the repaired fields."""
    valid, fields = repaired(event, NOW, lambda: OWN)
    return valid["detail"]["metadata"], fields


@pytest.mark.parametrize(("name", "value", "valid"), REPAIRS.values(), ids=REPAIRS.keys())
def test_a_describing_field_is_repaired(name: str, value: Any, valid: Any) -> None:
    """The field alone changes, and it is named."""
    event = with_metadata(**{name: value}) | {"time": TIME}

    assert read(event) == (METADATA | {name: valid}, [name])


@pytest.mark.parametrize("name", sorted({*METADATA} - {"event_id", "subject", "causation_id"}))
def test_a_missing_describing_field_is_replaced(name: str) -> None:
    """Nothing but what identifies the event has to be there."""
    metadata, fields = read(without_metadata(name))

    assert fields == [name]
    assert not metadata_faults(metadata)


@pytest.mark.parametrize("time", [None, "yesterday", 5, "2026-11-02T12:00:00+25:00"])
def test_without_a_readable_time_the_event_occurs_now(time: Any) -> None:
    """EventBridge always sends one; a message that was put into the queue by hand may not."""
    metadata, _ = read(with_metadata(occurred_at="") | {"time": time})

    assert metadata["occurred_at"] == NOW.isoformat(timespec="milliseconds")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"event_id": None}, "detail.metadata.event_id"),
        ({"event_id": "e" * 129}, "detail.metadata.event_id"),
        ({"event_id": "e\n1"}, "detail.metadata.event_id"),
        ({"subject": ""}, "detail.metadata.subject"),
        ({"subject": 7}, "detail.metadata.subject"),
    ],
)
def test_what_identifies_an_event_is_not_repaired(change: dict[str, Any], fault: str) -> None:
    """A guess would make two events of one, or one of two."""
    event, fields = repaired(with_metadata(**change, producer=""), NOW, lambda: OWN)

    with pytest.raises(InvalidEventError, match=fault) as caught:
        Envelope.parse(event)
    assert fields == ["producer"]
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize("detail", [None, [], "text", {}, {"metadata": []}, {"metadata": "text"}])
def test_an_event_without_metadata_stays_as_it_is(detail: Any) -> None:
    """There is nothing to repair."""
    event = an_event(detail=detail)

    assert repaired(event, NOW, lambda: OWN) == (event, [])


DESCRIBING = st.sampled_from(sorted({*METADATA} - {"event_id", "subject"}))
ANYTHING = st.none() | st.integers() | st.text() | st.lists(st.text()) | st.floats()


@given(st.dictionaries(DESCRIBING, ANYTHING))
def test_whatever_describes_an_event_it_can_be_read(changes: dict[str, Any]) -> None:
    """The result is valid, so everything that follows from the event is valid too."""
    metadata, _ = read(with_metadata(**changes))

    assert not metadata_faults(metadata)
