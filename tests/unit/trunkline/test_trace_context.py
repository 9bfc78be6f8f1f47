"""The trace's name in W3C's form and in AWS's."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.effects import Effects
from trunkline.trace_context import (
    is_traceparent,
    new_traceparent,
    traceparent_of,
    xray_header_of,
    xray_trace_id,
)

ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"
TRACE = "5759e988bd862e3fe1be46a994272793"

HEADERS = {
    f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1": f"00-{TRACE}-53995c3f42cd8ad8-01",
    f"Sampled=1;Parent=53995c3f42cd8ad8;{ROOT}": f"00-{TRACE}-53995c3f42cd8ad8-01",
    f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=0": f"00-{TRACE}-53995c3f42cd8ad8-00",
    f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=?": f"00-{TRACE}-53995c3f42cd8ad8-00",
    f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:ab:0": f"00-{TRACE}-53995c3f42cd8ad8-01",
    # No segment yet: the span is derived from the trace.
    f"{ROOT};Sampled=1": f"00-{TRACE}-bd862e3fe1be46a9-01",
    f"{ROOT};Parent=no;Sampled=1": f"00-{TRACE}-bd862e3fe1be46a9-01",
    ROOT: f"00-{TRACE}-bd862e3fe1be46a9-00",
}

NO_HEADERS = [
    "",
    ";",
    "=",
    "Root",
    "Root=",
    "Root=;Parent=53995c3f42cd8ad8",
    "Root=1-5759e988-bd862e3fe1be46a99427279",
    "Root=1-5759e988-bd862e3fe1be46a9942727930",
    "Root=2-5759e988-bd862e3fe1be46a994272793",
    "Root=1-5759E988-BD862E3FE1BE46A994272793",
    "Root=1-5759e988-bd862e3fe1be46a994272793\n",
    "root=1-5759e988-bd862e3fe1be46a994272793",
    "Parent=53995c3f42cd8ad8;Sampled=1",
    f"00-{TRACE}-53995c3f42cd8ad8-01",
]

NO_TRACEPARENTS = [
    "",
    "00",
    TRACE,
    f"00-{TRACE}-53995c3f42cd8ad8",
    f"00-{TRACE}-53995c3f42cd8ad8-01-more",
    f"00-{TRACE}-53995c3f42cd8ad8-1",
    f"01-{TRACE}-53995c3f42cd8ad8-01",
    f"ff-{TRACE}-53995c3f42cd8ad8-01",
    f"00-{TRACE.upper()}-53995c3f42cd8ad8-01",
    f"00-{TRACE[:-1]}-53995c3f42cd8ad8-01",
    f"00-{'0' * 32}-53995c3f42cd8ad8-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f" 00-{TRACE}-53995c3f42cd8ad8-01",
    f"00-{TRACE}-53995c3f42cd8ad8-01\n",
    f"00-{TRACE}-53995c3f42cd8ad8-0x",
]


@pytest.mark.parametrize(("header", "traceparent"), HEADERS.items())
def test_a_header_of_xray_becomes_the_same_trace_of_w3c(header: str, traceparent: str) -> None:
    """The trace that API Gateway or Lambda began is the one the event carries on."""
    assert traceparent_of(header) == traceparent


@pytest.mark.parametrize("header", NO_HEADERS)
def test_a_header_without_a_root_gives_no_trace(header: str) -> None:
    """Then the producer begins a trace of its own."""
    assert traceparent_of(header) is None


@pytest.mark.parametrize("text", NO_TRACEPARENTS)
def test_what_is_no_traceparent_is_refused(text: str) -> None:
    """W3C's form is exact: lengths, lower case, version 00, ids that are not all zeros."""
    assert not is_traceparent(text)
    with pytest.raises(ValueError, match="not a traceparent"):
        xray_header_of(text)


hexadecimal = "0123456789abcdef"
traces = st.text(hexadecimal, min_size=32, max_size=32).filter(lambda text: set(text) != {"0"})
spans = st.text(hexadecimal, min_size=16, max_size=16).filter(lambda text: set(text) != {"0"})


@given(traces, spans, st.sampled_from(["00", "01"]))
def test_a_trace_keeps_its_name_on_the_way_through_the_bus(
    trace: str, span: str, flags: str
) -> None:
    """To X-Ray's header and back gives the same traceparent."""
    traceparent = f"00-{trace}-{span}-{flags}"

    header = xray_header_of(traceparent)

    assert traceparent_of(header) == traceparent
    assert header.startswith(f"Root={xray_trace_id(traceparent)};")


def test_a_new_trace_tells_when_it_began() -> None:
    """X-Ray drops a trace whose id does not begin with a recent moment."""
    start = datetime(2026, 11, 2, 12, 0, 0, tzinfo=UTC)

    traceparent = new_traceparent(Effects.seeded(1, start))

    assert is_traceparent(traceparent)
    assert int(traceparent[3:11], 16) == int(start.timestamp())


def test_new_traces_differ() -> None:
    """Two requests in one second are two traces."""
    effects = Effects.seeded(7, datetime(2026, 11, 2, tzinfo=UTC))

    made = {new_traceparent(effects) for _ in range(100)}

    assert len(made) == 100
