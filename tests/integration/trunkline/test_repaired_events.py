"""An event whose describing metadata are faulty is handled like any other."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.asked import TRACEPARENT, a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from trunkline.envelope import metadata_faults

SECRET = "ada@example.com\n"  # noqa: S105  # stands for event data

FAULTY: dict[str, dict[str, Any]] = {
    "a trace of a later version": {"traceparent": f"01{TRACEPARENT[2:]}"},
    "a trace in upper case": {"traceparent": TRACEPARENT.upper()},
    "a trace that is none": {"traceparent": SECRET},
    "an impossible offset": {"occurred_at": "2026-11-02T12:00:00+24:00"},
    "no correlation": {"correlation_id": None},
    "a correlation of two lines": {"correlation_id": SECRET},
    "a causation that is a number": {"causation_id": 7},
    "no producer": {"producer": None},
    "half a surrogate pair": {"producer": "\ud800"},
    "nothing but its identity": dict.fromkeys(
        ("traceparent", "occurred_at", "correlation_id", "causation_id", "producer"), SECRET
    ),
}


def described(**changes: Any) -> dict[str, Any]:
    """An event whose metadata are changed."""
    event = an_event()
    event["detail"]["metadata"] |= changes
    return event


@pytest.mark.parametrize("changes", FAULTY.values(), ids=FAULTY.keys())
def test_an_event_with_faulty_describing_metadata_is_handled(
    start: Start, stage: Stage, changes: dict[str, Any]
) -> None:
    """It takes effect, what follows from it is valid, and one warning names the fields."""
    result = start().invoke(a_batch(described(**changes)))

    (line,) = result.lines("event metadata repaired")
    (event,) = stage.heard(1)
    assert stage.thing() == {"n": 1}
    assert stage.dead_letters(0) == []
    assert (line["level"], line["event_id"]) == ("WARNING", "e-1")
    assert sorted(line["fields"]) == sorted(changes)
    assert metadata_faults(event["detail"]["metadata"]) == []


def test_what_follows_from_a_repaired_event_has_the_same_id(start: Start, stage: Stage) -> None:
    """It derives from the event's id alone: a repair makes no second effect."""
    start().invoke(a_batch(described(correlation_id=None, traceparent="")))
    again = start().invoke(a_batch(an_event(), attempt=2))

    (event,) = stage.heard(1)
    metadata = event["detail"]["metadata"]
    assert len(again.lines("duplicate event")) == 1
    assert (metadata["causation_id"], metadata["correlation_id"]) == ("e-1", "e-1")


def test_a_repaired_event_takes_the_trace_of_the_invocation(start: Start, stage: Stage) -> None:
    """So it can be found from the function that handled it."""
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

    start(_X_AMZN_TRACE_ID=header).invoke(a_batch(described(traceparent="none")))

    (event,) = stage.heard(1)
    assert event["detail"]["metadata"]["traceparent"] == TRACEPARENT


def test_no_line_quotes_what_was_repaired(start: Start) -> None:
    """It may be personal data that came into the wrong field."""
    result = start().invoke(a_batch(described(**FAULTY["nothing but its identity"], extra=SECRET)))

    assert "ada@" not in json.dumps(result.logs)


@pytest.mark.parametrize("changes", [{"event_id": None}, {"subject": ""}, {"event_id": "e\n1"}])
def test_an_event_without_identity_is_dead_lettered(
    start: Start, stage: Stage, changes: dict[str, Any]
) -> None:
    """It could be neither told from its duplicates nor ordered."""
    result = start().invoke(a_batch(described(**changes)))

    assert result.failures == []
    assert len(stage.dead_letters(1)) == 1
    assert stage.items() == {}
