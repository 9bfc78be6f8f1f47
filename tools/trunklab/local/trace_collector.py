"""Takes what X-Ray's daemon would take: documents over UDP, on a free port of 127.0.0.1."""

import contextlib
import socket
import threading
from typing import Final

from trunklab.local.limits import TRACE_BUFFER_BYTES, TRACE_DATAGRAM_BYTES_MAX
from trunklab.local.listeners import LOOPBACK
from trunklab.local.trace_store import TraceStore

_STOP: Final = b""
"""An empty datagram, which no sender of documents sends."""


class TraceCollector:
    """Listens in a thread of its own from `start` to `stop`."""

    def __init__(self, store: TraceStore) -> None:
        self._store = store
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # The system gives what it allows; what does not fit while we are busy is lost.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TRACE_BUFFER_BYTES)
        self._socket.bind((LOOPBACK, 0))
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
            with contextlib.suppress(OSError):
                self._socket.sendto(_STOP, self._socket.getsockname())
            self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while True:
            try:
                datagram = self._socket.recv(TRACE_DATAGRAM_BYTES_MAX)
            except OSError:
                return
            if datagram == _STOP:
                return
            _header, _, document = datagram.partition(b"\n")
            if document:
                with contextlib.suppress(OSError):  # a full disk must not end the collector
                    self._store.add(document)
