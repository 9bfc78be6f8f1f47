"""How X-Ray's documents leave the process: one datagram each, lost rather than waited for."""

import socket
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from trunkline.bounds import TRACE_DOCUMENT_BYTES_MAX
from trunkline.strict_json import strict_encoder

_HEADER: Final = b'{"format": "json", "version": 1}\n'
"""What stands before each document (X-Ray guide, sending data to the daemon)."""

_GIVEN_UP_FIRST: Final = ("metadata", "aws", "annotations", "links", "cause")
"""What a document that is too large does without, until it fits."""

_encoded: Final = strict_encoder()


class Daemon:
    """The X-Ray daemon at `host:port`; a trace is a help, so nothing here ever fails an event.

    One socket serves the whole life of the process. UDP knows no connection: it works on after
    Lambda has frozen and thawed the process, and in a child that was forked.
    """

    def __init__(self, address: str) -> None:
        self._address = _parsed(address)
        self._socket: socket.socket | None = None

    @property
    def listens(self) -> bool:
        """Whether there is an address to send to at all."""
        return self._address is not None

    def send(self, document: Mapping[str, Any]) -> None:
        """Sends the document, cut to what a datagram holds."""
        # OverflowError: a port that is none.
        with suppress(OSError, OverflowError):
            if self._address is not None:
                self._opened(self._address).send(_payload(document))

    def _opened(self, address: tuple[str, int]) -> socket.socket:
        if self._socket is None:
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.setblocking(False)  # noqa: FBT003 - the socket's own interface
            weakref.finalize(self, udp.close)
            # To one address: a socket that only sends to it would take datagrams from anywhere.
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
