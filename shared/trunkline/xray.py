"""How handlers appear in X-Ray: its segment format over UDP, without the X-Ray SDK."""

import json
import socket
import traceback
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from numbers import Number
from typing import Any, Final

from aws_lambda_powertools.tracing.base import BaseProvider, BaseSegment

from trunkline.effects import Effects
from trunkline.settings import xray_daemon_address, xray_header

_HEADER: Final = b'{"format": "json", "version": 1}\n'
"""What stands before each document (X-Ray guide, sending data to the daemon)."""

_DATAGRAM_BYTES_MAX: Final = 64_000
"""Bytes of one document; X-Ray takes 64 KB, and so does a UDP datagram."""

_NAME_CHARACTERS_MAX: Final = 200

_DAEMON_PARTS: Final = 2


class Subsegment(BaseSegment):
    """One timed part of an invocation, sent when it closes."""

    def __init__(self, name: str, trace: dict[str, str], parent_id: str, effects: Effects) -> None:
        self._effects = effects
        self._sampled = trace.get("Sampled") == "1"
        self.document: dict[str, Any] = {
            "type": "subsegment",
            "name": name[:_NAME_CHARACTERS_MAX],
            "id": effects.random_hex(16),
            "trace_id": trace.get("Root", ""),
            "parent_id": parent_id,
            "start_time": effects.now().timestamp(),
        }

    def close(self, end_time: int | None = None) -> None:
        """Ends the subsegment and sends it, if its trace is sampled and a daemon listens."""
        self.document["end_time"] = end_time or self._effects.now().timestamp()
        if self._sampled and self.document["trace_id"]:
            _send(self.document)

    def add_subsegment(self, subsegment: BaseSegment) -> None:
        """Nothing to add: each subsegment is sent by itself and names its parent."""

    def remove_subsegment(self, subsegment: BaseSegment) -> None:
        """Nothing to remove, see `add_subsegment`."""

    def put_annotation(self, key: str, value: str | Number | bool) -> None:  # noqa: FBT001  # Powertools' interface
        """Adds an indexed field."""
        self.document.setdefault("annotations", {})[key] = value

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Adds a field that is not indexed. Not for payloads: traces are no store for them."""
        self.document.setdefault("metadata", {}).setdefault(namespace, {})[key] = value

    def add_exception(
        self,
        exception: BaseException,
        stack: list[traceback.StackSummary],
        remote: bool = False,  # noqa: FBT001, FBT002  # Powertools' interface
    ) -> None:
        """Marks the subsegment as failed.

        Of the exception only its type is kept: its message may hold event data.
        """
        del stack
        self.document["fault"] = True
        self.document["cause"] = {
            "exceptions": [
                {
                    "id": self._effects.random_hex(16),
                    "type": type(exception).__name__,
                    "remote": remote,
                }
            ]
        }


class XRayProvider(BaseProvider):
    """Powertools' tracing provider that writes X-Ray's documents itself."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self._open: list[Subsegment] = []

    @contextmanager
    def in_subsegment(self, name: str = "", **_keywords: Any) -> Iterator[Subsegment]:
        """A subsegment of the innermost open one, else of the function's own segment."""
        trace = dict(part.split("=", 1) for part in xray_header().split(";") if "=" in part)
        parent_id = self._open[-1].document["id"] if self._open else trace.get("Parent", "")
        subsegment = Subsegment(name, trace, parent_id, self._effects)
        self._open.append(subsegment)
        try:
            yield subsegment
        except BaseException as error:
            subsegment.add_exception(error, [])
            raise
        finally:
            self._open.pop()
            subsegment.close()

    @asynccontextmanager
    async def in_subsegment_async(self, name: str = "", **_keywords: Any) -> AsyncIterator[Any]:
        """The same for coroutines."""
        with self.in_subsegment(name) as subsegment:
            yield subsegment

    def put_annotation(self, key: str, value: str | Number | bool) -> None:  # noqa: FBT001  # Powertools' interface
        """Annotates the innermost open subsegment; outside of any it does nothing."""
        if self._open:
            self._open[-1].put_annotation(key, value)

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Adds metadata to the innermost open subsegment; outside of any it does nothing."""
        if self._open:
            self._open[-1].put_metadata(key, value, namespace)

    def patch(self, modules: Sequence[str]) -> None:
        """Nothing is patched: the runtime times its own AWS calls."""

    def patch_all(self) -> None:
        """Nothing is patched, see `patch`."""


def _send(document: dict[str, Any]) -> None:
    address = xray_daemon_address().rsplit(":", 1)
    payload = _HEADER + json.dumps(document, separators=(",", ":"), default=str).encode()
    if len(address) != _DAEMON_PARTS or len(payload) > _DATAGRAM_BYTES_MAX:
        return
    # A trace is a help, an event is a duty: a daemon that cannot be reached must not fail one.
    # The latter two: an address that is none.
    with (
        suppress(OSError, ValueError, OverflowError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        udp.settimeout(0)
        udp.sendto(payload, (address[0], int(address[1])))
