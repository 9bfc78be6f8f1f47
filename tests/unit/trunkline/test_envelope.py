"""What the runtime takes for an event, and what it says of everything else."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trunkline.events import (
    METADATA,
    an_envelope,
    an_event,
    as_body,
    with_metadata,
    without_metadata,
)
from trunkline.envelope import Envelope, metadata_faults
from trunkline.errors import InvalidEventError

GOOD: dict[str, dict[str, Any]] = {
    "a request's event": an_event(),
    "an event that an event caused": with_metadata(causation_id="e-0"),
    "causation left out": without_metadata("causation_id"),
    "empty data": an_event(detail={"metadata": METADATA, "data": {}}),
    "metadata of a later version": with_metadata(tenant="acme"),
    "a replayed event": an_event(**{"replay-name": "r"}),
    "an id of 128 characters": with_metadata(event_id="e" * 128),
    "a subject beyond ASCII": with_metadata(subject="Bestellung Ä 東京 🚚"),
    "a moment in another zone": with_metadata(occurred_at="2026-11-02T13:00:00+01:00"),
    "an unsampled trace": with_metadata(traceparent=METADATA["traceparent"][:-2] + "00"),
}

BROKEN: dict[str, tuple[str, str]] = {
    "nothing": ("", "body: is not JSON"),
    "white space": (" \n", "body: is not JSON"),
    "a word": ("hello", "body: is not JSON"),
    "half an object": ('{"source": "shop.orders"', "body: is not JSON"),
    "two objects": ("{}{}", "body: is not JSON"),
    "a byte order mark": ("\ufeff{}", "body: is not JSON"),
    "NaN": ('{"a": NaN}', "body: is not JSON"),
    "Infinity deep inside": ('{"a": [{"b": -Infinity}]}', "body: is not JSON"),
    "more digits than Python reads": ('{"a": ' + "9" * 5_000 + "}", "body: is not JSON"),
    "half a surrogate pair": ('{"detail": {"data": ["\\ud83d"]}}', "body: is not JSON"),
    "half a surrogate pair as a name": (
        '{"detail": {"data": {"\\uDC00": 1}}}',
        "body: is not JSON",
    ),
    "half a surrogate pair in the identity": (
        '{"detail": {"metadata": {"event_id": "\\ud83d"}}}',
        "body: is not JSON",
    ),
    "a number beyond a double": ('{"a": 1e400}', "body: is not JSON"),
    "hostile nesting": ("[" * 200_000, "body: is not JSON"),
    "hostile nesting in an object": ('{"a":' * 200_000, "body: is not JSON"),
    "null": ("null", "body: must be a JSON object"),
    "an array": ("[]", "body: must be a JSON object"),
    "a text": ('"event"', "body: must be a JSON object"),
    "a number": ("1", "body: must be a JSON object"),
    "an empty object": ("{}", "detail.metadata: must be an object"),
    "a notification of SNS": (
        as_body({"Type": "Notification", "Message": as_body(an_event())}),
        "source: must be a string",
    ),
    "no source": (as_body(an_event(source=None)), "source: must be a string"),
    "an empty source": (as_body(an_event(source="")), "source: must be a string"),
    "an endless source": (as_body(an_event(source="s" * 513)), "source: must be a string"),
    "a number as source": (as_body(an_event(source=1)), "source: must be a string"),
    "a source of two lines": (as_body(an_event(source="a\nb")), "source: must be printable"),
    "no detail-type": (as_body(an_event(**{"detail-type": None})), "detail-type: must be a string"),
    "a list as detail-type": (as_body(an_event(**{"detail-type": ["OrderPlaced"]})), "detail-type"),
    "detail as text": (
        as_body(an_event(detail=as_body({"metadata": METADATA}))),
        "detail.metadata",
    ),
    "detail as list": (as_body(an_event(detail=[])), "detail.metadata: must be an object"),
    "detail as null": (as_body(an_event(detail=None)), "detail.metadata: must be an object"),
    "no metadata": (as_body(an_event(detail={"data": {}})), "detail.metadata: must be an object"),
    "metadata as list": (as_body(an_event(detail={"metadata": [], "data": {}})), "detail.metadata"),
    "no data": (as_body(an_event(detail={"metadata": METADATA})), "detail.data: must be an object"),
    "data as text": (
        as_body(an_event(detail={"metadata": METADATA, "data": "{}"})),
        "detail.data: must be an object",
    ),
    "data as list": (
        as_body(an_event(detail={"metadata": METADATA, "data": [{}]})),
        "detail.data: must be an object",
    ),
    **{
        f"no {name}": (as_body(without_metadata(name)), f"detail.metadata.{name}: must be a string")
        for name in METADATA
        if name != "causation_id"
    },
    **{
        f"empty {name}": (as_body(with_metadata(**{name: ""})), f"detail.metadata.{name}: must be")
        for name in METADATA
    },
    **{
        f"a number as {name}": (
            as_body(with_metadata(**{name: 7})),
            f"detail.metadata.{name}: must",
        )
        for name in METADATA
    },
    "an id of 129 characters": (
        as_body(with_metadata(event_id="e" * 129)),
        "detail.metadata.event_id: must be a string of 1 to 128",
    ),
    "an id with a line break": (
        as_body(with_metadata(event_id="e\n1")),
        "detail.metadata.event_id: must be printable",
    ),
    "an id with a zero byte": (
        as_body(with_metadata(event_id="e\u0000")),
        "detail.metadata.event_id: must be printable",
    ),
    "a subject of 513 characters": (
        as_body(with_metadata(subject="s" * 513)),
        "detail.metadata.subject: must be a string of 1 to 512",
    ),
    "a subject that writes backwards": (
        as_body(with_metadata(subject="order\u202e1")),
        "detail.metadata.subject: must be printable",
    ),
    "a trace of another version": (
        as_body(with_metadata(traceparent="01" + METADATA["traceparent"][2:])),
        "detail.metadata.traceparent: must be a W3C traceparent",
    ),
    "a trace of zeros": (
        as_body(with_metadata(traceparent=f"00-{'0' * 32}-53995c3f42cd8ad8-01")),
        "detail.metadata.traceparent: must be a W3C traceparent",
    ),
    "X-Ray's header as traceparent": (
        as_body(with_metadata(traceparent="Root=1-5759e988-bd862e3fe1be46a994272793")),
        "detail.metadata.traceparent: must be a W3C traceparent",
    ),
    "a moment without a zone": (
        as_body(with_metadata(occurred_at="2026-11-02T12:00:00")),
        "detail.metadata.occurred_at: must be ISO 8601",
    ),
    "a day that never was": (
        as_body(with_metadata(occurred_at="2026-02-30T12:00:00Z")),
        "detail.metadata.occurred_at: must be ISO 8601",
    ),
    "a moment in words": (
        as_body(with_metadata(occurred_at="yesterday")),
        "detail.metadata.occurred_at: must be ISO 8601",
    ),
}


@pytest.mark.parametrize("event", GOOD.values(), ids=GOOD.keys())
def test_an_event_of_the_bus_is_read(event: dict[str, Any]) -> None:
    """An envelope is taken with all that the bus or a later version adds to it."""
    envelope = Envelope.parse(json.dumps(event))

    given_metadata = event["detail"]["metadata"]
    assert envelope.source == "shop.orders"
    assert envelope.data == event["detail"]["data"]
    assert asdict(envelope.metadata) == {name: given_metadata.get(name) for name in METADATA}


@pytest.mark.parametrize(("body", "fault"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_envelope_is_refused_with_its_fault(body: str, fault: str) -> None:
    """Whatever comes in a message, the refusal names the field and never anything else breaks."""
    with pytest.raises(InvalidEventError) as caught:
        Envelope.parse(body)

    assert fault in caught.value.reason


def test_all_faults_of_an_envelope_are_named_at_once() -> None:
    """Who mends an envelope sees everything that is wrong with it."""
    body = as_body({"source": 1, "detail": {"metadata": {}, "data": []}})

    with pytest.raises(InvalidEventError) as caught:
        Envelope.parse(body)

    named = [fault.split(":")[0] for fault in caught.value.faults]
    metadata = [f"detail.metadata.{name}" for name in METADATA if name != "causation_id"]
    assert named == ["source", "detail-type", *metadata, "detail.data"]


def test_a_refusal_never_quotes_a_value() -> None:
    """The reason becomes a message attribute and a log line, and values may be personal."""
    body = as_body(with_metadata(subject="ada@example.com\n", occurred_at="ada@example.com"))

    with pytest.raises(InvalidEventError) as caught:
        Envelope.parse(body)

    assert "example.com" not in caught.value.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values))
def test_what_is_sent_is_what_is_read(data: dict[str, Any]) -> None:
    """An event's detail, parsed by its consumer, gives the same envelope."""
    envelope = an_envelope(data=data)

    read = Envelope.parse(an_event(detail=json.loads(envelope.detail())))

    assert read == envelope


@given(st.dictionaries(st.sampled_from([*METADATA, "more"]), json_values) | json_values)
def test_metadata_is_judged_whatever_it_is(metadata: object) -> None:
    """Only metadata whose fields are all as they should be has no fault."""
    faults = metadata_faults(metadata)

    assert faults
    assert all(fault.startswith("detail.metadata") for fault in faults)
