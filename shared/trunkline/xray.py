"""X-Ray tracing of handlers: segment documents over UDP, without the X-Ray SDK."""

import traceback
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from numbers import Number
from typing import Any, Final

from aws_lambda_powertools.tracing.base import BaseProvider, BaseSegment

from trunkline.bounds import (
    TRACE_ANNOTATION_CHARACTERS_MAX,
    TRACE_LINKS_MAX,
    TRACE_NAME_CHARACTERS_MAX,
)
from trunkline.effects import Effects
from trunkline.settings import xray_daemon_address, xray_header
from trunkline.trace_context import fields_in
from trunkline.xray_daemon import Daemon

_CAPTURED: Final = (" response", " error")
"""Suffixes by which Powertools' decorators name a method's return value and exception."""

_OPEN: Final[ContextVar["Subsegment | None"]] = ContextVar("trunkline_subsegment", default=None)
"""The innermost open subsegment of this context: handlers may run on several threads."""


@dataclass(frozen=True)
class Trace:
    """The trace of the current invocation; `parent` is the function's own segment."""

    root: str
    parent: str
    daemon: Daemon
    effects: Effects


class Subsegment(BaseSegment):
    """A timed part of an invocation, sent when it closes."""

    is_recorded = True

    def __init__(self, name: str, trace: Trace, parent_id: str) -> None:
        self._trace = trace
        self.document: dict[str, Any] = {
            "type": "subsegment",
            "name": name[:TRACE_NAME_CHARACTERS_MAX],
            "id": trace.effects.random_hex(16),
            "trace_id": trace.root,
            "parent_id": parent_id,
            "start_time": trace.effects.now().timestamp(),
        }

    def close(self, end_time: int | None = None) -> None:
        """Ends the subsegment and sends it."""
        self.document["end_time"] = end_time or self._trace.effects.now().timestamp()
        self._trace.daemon.send(self.document)

    def add_subsegment(self, subsegment: BaseSegment) -> None:
        """Does nothing: each subsegment is sent separately with its parent's id."""

    def remove_subsegment(self, subsegment: BaseSegment) -> None:
        """Does nothing, see `add_subsegment`."""

    def put_annotation(self, key: str, value: str | Number | bool) -> None:  # noqa: FBT001  # Powertools' interface
        """Adds an indexed field; a long string is cut to X-Ray's limit."""
        kept = value[:TRACE_ANNOTATION_CHARACTERS_MAX] if isinstance(value, str) else value
        self.document.setdefault("annotations", {})[key] = kept

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Adds a field that is not indexed. Do not use it for payloads.

        Return values and exceptions captured by Powertools' decorators are dropped.
        """
        if not key.endswith(_CAPTURED):
            self.document.setdefault("metadata", {}).setdefault(namespace, {})[key] = value

    def add_link(self, link: Mapping[str, Any]) -> None:
        """Links to the segment of another trace that caused this one; at most TRACE_LINKS_MAX.

        The link is added as metadata too: X-Ray documents links for Lambda's own segments only.
        """
        links = [*self.document.get("links", []), dict(link)]
        if link["trace_id"] != self._trace.root and len(links) <= TRACE_LINKS_MAX:
            self.document["links"] = links
            self.put_metadata("links", links, "trunkline")

    def add_exception(
        self,
        exception: BaseException,
        stack: list[traceback.StackSummary],
        remote: bool = False,  # noqa: FBT001, FBT002  # Powertools' interface
    ) -> None:
        """Marks the subsegment as failed.

        Only the exception's type is recorded: its message may contain event data.
        """
        del stack
        self.fail("fault", kind=type(exception).__name__, remote=remote)

    def fail(self, *flags: str, kind: str = "", remote: bool = False) -> None:
        """Marks the subsegment with `fault`, `error` or `throttle`; `kind` is its type."""
        self.document |= dict.fromkeys(flags, True)
        self.document["cause"] = {
            "exceptions": [
                {"id": self._trace.effects.random_hex(16), "type": kind, "remote": remote}
            ]
        }


class _Unrecorded(Subsegment):
    """A subsegment without effect, for traces that are not sampled or have no daemon."""

    is_recorded = False

    def __init__(self) -> None:
        self.document = {}

    def close(self, end_time: int | None = None) -> None:
        """Does nothing."""

    def put_annotation(self, key: str, value: str | Number | bool) -> None:  # noqa: FBT001  # the same
        """Does nothing."""

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Does nothing."""

    def add_link(self, link: Mapping[str, Any]) -> None:
        """Does nothing."""

    def fail(self, *flags: str, kind: str = "", remote: bool = False) -> None:
        """Does nothing."""


_UNRECORDED: Final = _Unrecorded()


class XRayProvider(BaseProvider):
    """Powertools' tracing provider that writes X-Ray's documents itself.

    Without a daemon, or if the invocation's trace is not sampled, no documents are built.
    """

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self._daemon = Daemon(xray_daemon_address())
        self._last: tuple[str, Trace | None] = ("", None)

    @property
    def listens(self) -> bool:
        """True if a daemon is configured: Lambda sets its address when the process starts."""
        return self._daemon.listens

    def begin(self, name: str) -> Subsegment | None:
        """Opens a subsegment of the innermost open one, else of the function's own segment.

        The caller closes it. Returns None if it would not be recorded.
        """
        trace = self._trace()
        if trace is None:
            return None
        above = _OPEN.get()
        return Subsegment(name, trace, above.document["id"] if above else trace.parent)

    @contextmanager
    def in_subsegment(self, name: str = "", **_keywords: Any) -> Iterator[Subsegment]:
        """Opens a subsegment for a block; it fails if the block raises."""
        subsegment = self.begin(name)
        if subsegment is None:
            yield _UNRECORDED
            return
        token = _OPEN.set(subsegment)
        try:
            yield subsegment
        except BaseException as error:
            subsegment.add_exception(error, [])
            raise
        finally:
            _OPEN.reset(token)
            subsegment.close()

    @asynccontextmanager
    async def in_subsegment_async(self, name: str = "", **_keywords: Any) -> AsyncIterator[Any]:
        """Opens a subsegment for a block in a coroutine."""
        with self.in_subsegment(name) as subsegment:
            yield subsegment

    def put_annotation(self, key: str, value: str | Number | bool) -> None:  # noqa: FBT001  # Powertools' interface
        """Annotates the innermost open subsegment; outside of any it does nothing."""
        (_OPEN.get() or _UNRECORDED).put_annotation(key, value)

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Adds metadata to the innermost open subsegment; outside of any it does nothing."""
        (_OPEN.get() or _UNRECORDED).put_metadata(key, value, namespace)

    def patch(self, modules: Sequence[str]) -> None:
        """Does nothing: the runtime traces its own AWS calls, see aws_calls.py."""

    def patch_all(self) -> None:
        """Does nothing, see `patch`."""

    def _trace(self) -> Trace | None:
        if not self._daemon.listens:
            return None
        header = xray_header()
        last, trace = self._last
        if header != last:
            trace = self._read(header)
            self._last = (header, trace)
        return trace

    def _read(self, header: str) -> Trace | None:
        fields = fields_in(header)
        if fields.get("Sampled") != "1" or not fields.get("Root"):
            return None
        return Trace(fields["Root"], fields.get("Parent", ""), self._daemon, self._effects)
