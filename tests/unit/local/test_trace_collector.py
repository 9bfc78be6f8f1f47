"""The collector takes well-formed segments from its port, and nothing else ends or fills it."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from trunklab.local.traces.trace_collector import TraceCollector
from trunklab.local.traces.xray_api import TraceStore

HEADER = b'{"format": "json", "version": 1}\n'
TRACE = "1-5759e988-bd862e3fe1be46a994272793"
SEGMENT = {
    "name": "gate",
    "id": "53995c3f42cd8ad8",
    "trace_id": TRACE,
    "start_time": 100,
    "end_time": 101.5,
}
WITHIN_S = 20.0


@pytest.fixture
def store() -> TraceStore:
    """An empty one."""
    return TraceStore()


@pytest.fixture
def collector(store: TraceStore) -> Iterator[TraceCollector]:
    """One that listens."""
    collector = TraceCollector(store)
    collector.start()
    yield collector
    collector.stop()


def send(collector: TraceCollector, *datagrams: bytes) -> None:
    """Sends datagrams as any program of the machine can."""
    send_to(collector.address, *datagrams)


def send_to(address: str, *datagrams: bytes) -> None:
    """Sends datagrams to an address that may be closed meanwhile."""
    host, _, port = address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for datagram in datagrams:
            udp.sendto(datagram, (host, int(port)))


def segment(**changed: Any) -> bytes:
    """A datagram with a segment of which some fields are others; None leaves one out."""
    fields = {**SEGMENT, **changed}
    document = {name: value for name, value in fields.items() if value is not None}
    return HEADER + json.dumps(document).encode()


def nested(levels: int) -> Any:
    """Arrays in each other."""
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "datagram",
    [
        segment(),
        segment(end_time=None, in_progress=True),
        segment(type="subsegment", parent_id="53995c3f42cd8ad9", namespace="aws"),
        segment(annotations={"text": "a", "number": 1.5, "flag": True}),
        segment(annotations=None, subsegments=[{"id": "1", "subsegments": [{"id": "2"}]}]),
        segment(metadata={"default": nested(20)}),
        HEADER.replace(b" ", b"") + segment().partition(b"\n")[2],
    ],
)
def test_a_well_formed_segment_is_kept(
    store: TraceStore, collector: TraceCollector, datagram: bytes
) -> None:
    """As functions, tracers and the worker script send it."""
    send(collector, datagram)

    collector.stop()

    assert [entry.trace_id for entry in store.entries()] == [TRACE]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\n",
        b"noise",
        HEADER,
        segment().partition(b"\n")[2],
        b"\n" + segment().partition(b"\n")[2],
        b"{}\n" + segment().partition(b"\n")[2],
        segment().replace(b'"version": 1', b'"version": 2'),
        segment().replace(b'"version": 1', b'"version": 1, "more": 1'),
        HEADER + b"[]",
        HEADER + b"7",
        HEADER + b"{}",
        HEADER + b"\xff\xfe",
        segment()[:-1],
        segment() + b"x",
        segment(name=None),
        segment(name="" + "n" * 201),
        segment(name=7),
        segment(id=None),
        segment(id="53995C3F42CD8AD8"),
        segment(id="53995c3f42cd8ad8\n"),
        segment(id="5" * 17),
        segment(trace_id=None),
        segment(trace_id="1-5759e988-bd862e3fe1be46a99427279"),
        segment(trace_id=TRACE + "0"),
        segment(trace_id="x" * 60_000),
        segment(start_time=None),
        segment(start_time="noon"),
        segment(start_time=1e300),
        segment(start_time=-1),
        segment(end_time=1e308),
        segment(http=5),
        segment(links=7),
        segment(start_time=float("nan")),
        segment(end_time="noon"),
        segment(end_time=float("inf")),
        segment().replace(b"101.5", b"1e999"),
        segment(annotations=[7]),
        segment(annotations={"a": {}}),
        segment(subsegments={}),
        segment(subsegments=[7]),
        segment(subsegments=[{"annotations": [7]}]),
        segment(metadata=nested(100)),
        HEADER + b'{"a": ' + b"[" * 20_000,
    ],
)
def test_what_is_no_segment_is_not_kept(
    store: TraceStore, collector: TraceCollector, datagram: bytes
) -> None:
    """What comes after it is still read."""
    send(collector, datagram, segment())

    collector.stop()

    assert [entry.trace_id for entry in store.entries()] == [TRACE]


def test_empty_datagrams_do_not_end_the_collection(
    store: TraceStore, collector: TraceCollector
) -> None:
    """Anybody can send them."""
    send(collector, b"", b"", segment(), b"", segment(id="0" * 16))

    collector.stop()

    assert [entry.trace_id for entry in store.entries()] == [TRACE, TRACE]


@pytest.mark.parametrize("datagram", [b"", b"x" * 1_000])
def test_a_flood_does_not_keep_the_collector_from_stopping(
    collector: TraceCollector, datagram: bytes
) -> None:
    """Its buffer is always full, so that the stop cannot be told over it."""
    over = threading.Event()
    address = collector.address

    def flood() -> None:
        while not over.is_set():
            send_to(address, *[datagram] * 500)

    flooding = threading.Thread(target=flood)
    flooding.start()
    stopping = threading.Thread(target=collector.stop, daemon=True)
    stopping.start()
    stopping.join(WITHIN_S)
    ended = not stopping.is_alive()
    over.set()
    flooding.join()

    assert ended


def test_a_collector_that_never_started_stops(store: TraceStore) -> None:
    """A platform may fail before it gets that far."""
    TraceCollector(store).stop()
