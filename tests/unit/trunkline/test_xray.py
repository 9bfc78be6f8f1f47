"""What is told of an invocation's parts, and what tracing costs where nobody listens."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random
from threading import Barrier
from typing import Any

import pytest

from tests.unit.trunkline.events import an_envelope, with_metadata
from trunkline.bounds import (
    TRACE_ANNOTATION_CHARACTERS_MAX,
    TRACE_DOCUMENT_BYTES_MAX,
    TRACE_LINKS_MAX,
    TRACE_NAME_CHARACTERS_MAX,
)
from trunkline.effects import Effects
from trunkline.envelope import Envelope
from trunkline.observability import commit_segment, make_tracer, traced
from trunkline.xray import XRayProvider

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
FUNCTION = "53995c3f42cd8ad8"
HEADER = f"Root={ROOT};Parent={FUNCTION};Sampled=1"
OTHER_ROOT = "1-6759e988-bd862e3fe1be46a994272793"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SECRET = "ada@example.com"  # noqa: S105  # stands for event data


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A daemon that listens, and an invocation whose trace is sampled."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)  # noqa: FBT003 - the socket's own interface
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{udp.getsockname()[1]}")
        monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
        yield udp


def documents(daemon: socket.socket) -> list[dict[str, Any]]:
    """All that has come, in order."""
    received = []
    while True:
        try:
            received.append(json.loads(daemon.recv(65_535).split(b"\n", 1)[1]))
        except BlockingIOError:
            return received


def provider() -> XRayProvider:
    """As the runtime makes it."""
    return XRayProvider(Effects.seeded(1, NOON))


def test_parts_hang_under_the_function_and_each_other(daemon: socket.socket) -> None:
    """Each names its parent, so each can be sent when it ends."""
    with provider().in_subsegment("outer"), provider().in_subsegment("inner"):
        pass

    inner, outer = documents(daemon)
    assert (outer["name"], outer["parent_id"]) == ("outer", FUNCTION)
    assert (inner["name"], inner["parent_id"]) == ("inner", outer["id"])
    assert inner["trace_id"] == outer["trace_id"] == ROOT
    assert outer["type"] == "subsegment"
    assert outer["start_time"] == NOON.timestamp()


def test_handlers_on_threads_hang_under_the_function(daemon: socket.socket) -> None:
    """What one thread has open is not the parent of what another does."""
    traces = provider()
    together = Barrier(3)

    def handle(number: int) -> None:
        with traces.in_subsegment(f"handler-{number}"):
            together.wait()
            with traces.in_subsegment(f"part-{number}"):
                together.wait()

    with traces.in_subsegment("batch"), ThreadPoolExecutor(3) as pool:
        list(pool.map(handle, range(3)))

    ids = {one["name"]: one for one in documents(daemon)}
    for number in range(3):
        assert ids[f"handler-{number}"]["parent_id"] == FUNCTION
        assert ids[f"part-{number}"]["parent_id"] == ids[f"handler-{number}"]["id"]


def test_a_handler_links_to_the_trace_of_its_event(daemon: socket.socket) -> None:
    """In the form in which Lambda links a batch's trace to those of its messages."""
    tracer = make_tracer("x", Effects.seeded(1, NOON))
    trace = OTHER_ROOT.removeprefix("1-").replace("-", "")
    event = with_metadata(traceparent=f"00-{trace}-{FUNCTION}-01")

    with traced(tracer, "do-thing", Envelope.parse(event)):
        pass

    (document,) = documents(daemon)
    link = {
        "trace_id": OTHER_ROOT,
        "id": FUNCTION,
        "attributes": {"aws.xray.reserved.reference_type": "parent"},
    }
    assert document["links"] == [link]
    assert document["metadata"] == {"trunkline": {"links": [link]}}  # should X-Ray drop the other


def test_an_event_of_the_same_trace_needs_no_link(daemon: socket.socket) -> None:
    """EventBridge continues the trace where it invokes a function itself."""
    with traced(make_tracer("x", Effects.seeded(1, NOON)), "do-thing", an_envelope()):
        pass

    assert "links" not in documents(daemon)[0]


def test_no_more_links_than_xray_takes(daemon: socket.socket) -> None:
    """A segment with more might be refused as a whole."""
    with provider().in_subsegment("batch") as subsegment:
        for number in range(TRACE_LINKS_MAX + 1):
            subsegment.add_link({"trace_id": f"1-00000000-{number:024x}", "id": FUNCTION})

    assert len(documents(daemon)[0]["links"]) == TRACE_LINKS_MAX


def test_of_a_failure_only_the_type_is_told(daemon: socket.socket) -> None:
    """In the part that failed and in all around it."""

    def fail() -> None:
        raise RuntimeError(SECRET)

    with (
        pytest.raises(RuntimeError),
        provider().in_subsegment("handler"),
        commit_segment(make_tracer("x", Effects.seeded(1, NOON))),
    ):
        fail()

    inner, outer = documents(daemon)
    assert inner["name"] == "## commit"
    for document in (inner, outer):
        assert document["fault"] is True
        assert [one["type"] for one in document["cause"]["exceptions"]] == ["RuntimeError"]
    assert SECRET not in json.dumps([inner, outer])


def test_what_powertools_captures_by_itself_is_not_kept(daemon: socket.socket) -> None:
    """Answers and exceptions of traced methods may hold event data; traces are no store for it."""
    tracer = make_tracer("x", Effects.seeded(1, NOON))

    @tracer.capture_method
    def decide() -> dict[str, str]:
        tracer.put_metadata("limit", 100)
        tracer.put_annotation("outcome", "captured")
        return {"email": SECRET}

    decide()

    (document,) = documents(daemon)
    assert SECRET not in json.dumps(document)
    assert document["metadata"] == {"x": {"limit": 100}}
    assert document["annotations"] == {"outcome": "captured"}


def _endless() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


class _Unreadable:
    """Raises whatever is done with it."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "value",
    [{("a", 1): 2}, _endless(), {1, 2}, float("nan"), "\ud800", [_Unreadable()]],
    ids=["a key that is no text", "a circle", "a set", "NaN", "half a pair", "unreadable"],
)
def test_what_a_handler_notes_never_fails_its_event(daemon: socket.socket, value: Any) -> None:
    """A trace is a help: what JSON cannot express is noted as text."""
    tracer = make_tracer("x", Effects.seeded(1, NOON))

    with traced(tracer, "do", an_envelope()):
        tracer.put_metadata("note", value)

    (document,) = documents(daemon)
    assert document["name"] == "## do"
    assert "NaN" not in str(document.values())
    assert document["metadata"]["x"]["note"] != value


def test_a_document_that_is_too_large_loses_parts_but_arrives(daemon: socket.socket) -> None:
    """Without it the parts below would hang in the air."""
    with provider().in_subsegment("## large") as subsegment:
        subsegment.put_annotation("event_id", "e-1")
        subsegment.put_metadata("text", "x" * 2 * TRACE_DOCUMENT_BYTES_MAX)
    with provider().in_subsegment("## wide") as subsegment:
        for number in range(1_000):
            subsegment.put_annotation(f"key_{number}", "y" * 100)

    large, wide = documents(daemon)
    assert large["annotations"] == {"event_id": "e-1"}
    assert "metadata" not in large
    assert wide["name"] == "## wide"


def test_names_and_texts_are_cut_to_what_xray_takes(daemon: socket.socket) -> None:
    """It refuses a document with a longer one."""
    with provider().in_subsegment("n" * 300) as subsegment:
        subsegment.put_annotation("long", "v" * 2_000)

    (document,) = documents(daemon)
    assert len(document["name"]) == TRACE_NAME_CHARACTERS_MAX
    assert len(document["annotations"]["long"]) == TRACE_ANNOTATION_CHARACTERS_MAX


class _NoChance(Random):
    """Draws nothing: whoever asks fails."""

    def getrandbits(self, k: int, /) -> int:
        raise AssertionError(k)


def _no_time() -> datetime:
    raise AssertionError("nobody asks for the time")


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("", HEADER),
        ("nowhere", HEADER),
        (":2000", HEADER),
        ("127.0.0.1:port", HEADER),
        ("127.0.0.1:2000", HEADER[:-1] + "0"),
        ("127.0.0.1:2000", HEADER[:-1] + "?"),
        ("127.0.0.1:2000", f"Parent={FUNCTION};Sampled=1"),
        ("127.0.0.1:2000", "nonsense"),
        ("127.0.0.1:2000", ""),
    ],
)
def test_what_nobody_receives_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, address: str, header: str
) -> None:
    """No id is drawn, no clock read and no document built; whatever is put in is let go."""
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", address)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    effects = Effects(_no_time, lambda: 0.0, lambda _s: None, _NoChance())
    tracer = make_tracer("x", effects)

    with traced(tracer, "do-thing", an_envelope()), commit_segment(tracer):
        tracer.put_annotation("a", "1")
        tracer.put_metadata("b", 2)
        with tracer.provider.in_subsegment("part") as subsegment:
            subsegment.put_annotation("c", "3")

    assert XRayProvider(effects).begin("part") is None


def test_each_invocation_has_its_own_trace(
    daemon: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process lives on, the header is another."""
    traces = provider()
    with traces.in_subsegment("first"):
        pass
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER.replace(ROOT, OTHER_ROOT))
    with traces.in_subsegment("second"):
        pass
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "")
    with traces.in_subsegment("third"):
        pass

    assert [one["trace_id"] for one in documents(daemon)] == [ROOT, OTHER_ROOT]
