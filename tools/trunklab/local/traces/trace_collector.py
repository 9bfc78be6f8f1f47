"""Takes what X-Ray's daemon would take: documents over UDP, on a free port of 127.0.0.1."""

import contextlib
import socket
import threading
from typing import Final

from trunklab.local.http.listeners import LOOPBACK
from trunklab.local.local_limits import TRACE_BUFFER_BYTES, TRACE_DATAGRAM_BYTES_MAX
from trunklab.local.traces.trace_segment import segment_of
from trunklab.local.traces.trace_store import TraceStore

_STOP_POLL_S: Final = 0.5
"""Seconds after which the thread looks for a stop whose datagram found the buffer full."""


class TraceCollector:
    """Listens in a thread of its own from `start` to `stop`."""

    def __init__(self, store: TraceStore) -> None:
        self._store = store
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # The system gives what it allows; what does not fit while we are busy is lost.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TRACE_BUFFER_BYTES)
        self._socket.bind((LOOPBACK, 0))
        self._socket.settimeout(_STOP_POLL_S)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._receive, name="traces", daemon=True)

    @property
    def address(self) -> str:
        """What functions get as AWS_XRAY_DAEMON_ADDRESS."""
        return f"{LOOPBACK}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Begin to take documents."""
        self._thread.start()

    def stop(self) -> None:
        """Take what has come, then end."""
        if self._thread.is_alive():
            self._stopping.set()
            with contextlib.suppress(OSError):  # it only wakes the thread
                self._socket.sendto(b"", self._socket.getsockname())
            self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                self._take()
        # What came before the stop is in the buffer, which bounds it, whoever goes on sending.
        self._socket.settimeout(0)
        left = TRACE_BUFFER_BYTES
        with contextlib.suppress(BlockingIOError):
            while left > 0:
                left -= self._take() or 1

    def _take(self) -> int:
        """Stores a datagram if it is a segment; returns its size."""
        datagram = self._socket.recv(TRACE_DATAGRAM_BYTES_MAX)
        document = segment_of(datagram)
        if document:
            with contextlib.suppress(OSError):  # a full disk must not end the collector
                self._store.add(document)
        return len(datagram)
