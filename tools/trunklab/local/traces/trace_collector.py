"""Receives segment documents as X-Ray's daemon does: over UDP, on a free port of 127.0.0.1.

Any user of the machine can send a datagram: what is not a segment as "X-Ray segment documents" in
AWS's developer guide describes it is dropped, as far as readers of the store rely on it.
"""

import contextlib
import socket
import threading
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from trunklab.local.http.listeners import LOOPBACK
from trunklab.local.local_limits import (
    TRACE_BUFFER_BYTES,
    TRACE_DATAGRAM_BYTES_MAX,
    TRACE_DEPTH_MAX,
    TRACE_NAME_CHARACTERS_MAX,
)
from trunklab.local.traces.xray_api import TraceStore

_STOP_POLL_S: Final = 0.5
"""Seconds between checks for a stop, in case the full buffer dropped its datagram."""
_TIME_MAX_S: Final = 1e11
"""Largest time in seconds since 1970: some 3,000 years."""
_HEADER: Final = {"format": "json", "version": 1}

_Time = Annotated[float, Meta(ge=0, le=_TIME_MAX_S)]


class _Part(Struct):
    annotations: dict[str, str | bool | int | float] | None = None
    subsegments: list["_Part"] | None = None
    http: dict[str, Any] | None = None
    links: list[dict[str, Any]] | None = None


class _Segment(_Part, kw_only=True):
    name: Annotated[str, Meta(max_length=TRACE_NAME_CHARACTERS_MAX)]
    id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")]
    trace_id: Annotated[str, Meta(pattern=r"\A1-[0-9a-f]{8}-[0-9a-f]{24}\Z")]
    start_time: _Time
    end_time: _Time | None = None


class TraceCollector:
    """Listens in a thread of its own from `start` to `stop`."""

    def __init__(self, store: TraceStore) -> None:
        self.store = store
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # The system grants what it allows; what does not fit while we are busy is lost.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TRACE_BUFFER_BYTES)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(_STOP_POLL_S)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._receive, name="traces", daemon=True)

    @property
    def address(self) -> str:
        """The AWS_XRAY_DAEMON_ADDRESS of functions."""
        return f"{LOOPBACK}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Begins to receive."""
        self._thread.start()

    def stop(self) -> None:
        """Stores what has been received, then ends."""
        if self._thread.is_alive():
            self._stopping.set()
            with contextlib.suppress(OSError):  # it only wakes the thread
                self._socket.sendto(b"", self._socket.getsockname())
            self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                self._receive_one()
        # What came before the stop is in the buffer, which bounds it even while senders go on.
        self._socket.settimeout(0)
        left = TRACE_BUFFER_BYTES
        with contextlib.suppress(BlockingIOError):
            while left > 0:
                left -= self._receive_one() or 1

    def _receive_one(self) -> int:
        """Stores a datagram if it is a segment; returns its size."""
        datagram = self._socket.recv(TRACE_DATAGRAM_BYTES_MAX)
        document = _document_of(datagram)
        if document:
            self.store.add(document)
        return len(datagram)


def _document_of(datagram: bytes) -> bytes | None:
    """Returns the segment document of a datagram; None if header or document are malformed."""
    header, _, document = datagram.partition(b"\n")
    try:
        if msgspec.json.decode(header) != _HEADER:
            return None
        value = msgspec.json.decode(document)
        msgspec.convert(value, _Segment)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return document if _is_within(TRACE_DEPTH_MAX, value) else None


def _is_within(levels: int, value: Any) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_within(levels - 1, item) for item in inner)
