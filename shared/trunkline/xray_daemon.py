"""Sending of X-Ray documents: one datagram each, without waiting."""

import socket
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from trunkline.bounds import TRACE_DOCUMENT_BYTES_MAX
from trunkline.strict_json import strict_encoder

_HEADER: Final = b'{"format": "json", "version": 1}\n'
"""Header of each document (X-Ray guide, sending data to the daemon)."""

_GIVEN_UP_FIRST: Final = ("metadata", "aws", "annotations", "links", "cause")
"""Fields removed in this order from a document that is too large."""

_encoded: Final = strict_encoder()


class Daemon:
    """The X-Ray daemon at `host:port`. Tracing is best effort: errors here never fail an event.

    One socket serves the whole life of the process. UDP has no connection, so the socket works
    after Lambda has frozen and thawed the process, and in a forked child.
    """

    def __init__(self, address: str) -> None:
        self._address = _parsed(address)
        self._socket: socket.socket | None = None

    @property
    def listens(self) -> bool:
        """True if a daemon is configured."""
        return self._address is not None

    def send(self, document: Mapping[str, Any]) -> None:
        """Sends the document, cut to the size of a datagram."""
        # OverflowError: the port is out of range.
        with suppress(OSError, OverflowError):
            if self._address is not None:
                self._opened(self._address).send(_payload(document))

    def _opened(self, address: tuple[str, int]) -> socket.socket:
        if self._socket is None:
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.setblocking(False)  # noqa: FBT003 - the socket's own interface
            weakref.finalize(self, udp.close)
            # Connected, because an unconnected socket accepts datagrams from anywhere.
            udp.connect(address)
            self._socket = udp
        return self._socket


def _payload(document: Mapping[str, Any]) -> bytes:
    left = dict(document)
    payload = _HEADER + _encoded(left).encode()
    for part in _GIVEN_UP_FIRST:
        if len(payload) <= TRACE_DOCUMENT_BYTES_MAX:
            break
        if left.pop(part, None) is not None:
            payload = _HEADER + _encoded(left).encode()
    return payload


def _parsed(address: str) -> tuple[str, int] | None:
    host, _, port = address.rpartition(":")
    return (host, int(port)) if host and port.isdecimal() else None
