"""Gives each invocation its trace header, and tells the collector of what Lambda itself would.

AWS's X-Ray has two segments of Lambda's own for each invocation: one of the service
(`AWS::Lambda`) and one of the function (`AWS::Lambda::Function`), under which hangs whatever the
function sends. The emulator sends neither and continues no trace. It cannot be asked to, but its
protocol passes by here: one line of JSON in for each invocation, one line out.

Loaded by function_start.py, by path; standard library only, see there.
"""

# ruff: noqa: TID251 - runs in a function's process, without our modules

import json
import os
import re
import time
from collections.abc import Callable
from typing import Any, TextIO

ROOT = re.compile(r"Root=(1-([0-9a-f]{8})-([0-9a-f]{24}))")
PARENT = re.compile(r"Parent=([0-9a-f]{16})")
TRACEPARENT = re.compile(
    r'\\?"traceparent\\?":\s*\\?"00-([0-9a-f]{8})([0-9a-f]{24})-([0-9a-f]{16})'
)
"""In an event; inside a message's body the quotes may be escaped."""
LINKS_MAX = 20
"""Traces one segment can be linked to (X-Ray guide, tracing event-driven applications)."""
FAILED = '{"status": "error"'
"""How the emulator's script begins the answer of an invocation that raised."""
DOCUMENT_HEADER = b'{"format": "json", "version": 1}\n'


def wrap(requests: TextIO, answers: TextIO, send: Callable[[bytes], object]) -> tuple[Any, Any]:
    """Return what stands for the two ends of the emulator's protocol; `send` takes datagrams."""
    trace = Trace(send)
    return Requests(requests, trace), Answers(answers, trace)


class Requests:
    """Lines of the emulator: first the function, then its invocations."""

    def __init__(self, lines: TextIO, trace: "Trace") -> None:
        self._lines = lines
        self._trace = trace

    def readline(self) -> str:
        """Return the next line, with the trace header of ours where it is an invocation."""
        line = self._lines.readline()
        return self._trace.begin(line) if line.startswith("{") else line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lines, name)


class Answers:
    """Lines for the emulator: that the function is ready, then an answer for each invocation."""

    def __init__(self, file: TextIO, trace: "Trace") -> None:
        self._file = file
        self._trace = trace

    def write(self, text: str) -> int:
        """Write what is written, after the collector has been told of it."""
        # Before: the emulator ends the process of a function that has failed.
        self._trace.end(text)
        return self._file.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Trace:
    """The segments of the invocation that runs."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._datagram = send
        self._started = time.time()
        self._ready: float | None = None
        self._function: dict[str, Any] | None = None
        self._segments: tuple[dict[str, Any], ...] = ()

    def begin(self, line: str) -> str:
        """Take note of an invocation; return its line, with the header that the function gets."""
        message = json.loads(line)
        if self._function is None:
            self._function = message
            return line
        context, event = message.get("ctx") or {}, message.get("event")
        given = context.get("trace_id") or ""
        root, parent_id = incoming(event)
        root = root or _first(ROOT, given)
        if not root:
            return line  # tracing is off for this function, and nobody before it has begun a trace
        self._segments = self._opened(root, _first(PARENT, given) or _new_id(), context)
        service, function = self._segments
        service |= {"parent_id": parent_id} if parent_id else {}
        links = links_of(event, root)
        service |= {"links": links} if links else {}
        # Now as well: a process that is killed leaves these behind, in progress for ever.
        self._send(*self._segments)
        context["trace_id"] = f"Root={root};Parent={function['id']};Sampled=1"
        return line if context["trace_id"] == given else json.dumps(message) + "\n"

    def end(self, text: str) -> None:
        """Tell the collector how an invocation ended."""
        if self._ready is None:
            self._ready = time.time()
        elif self._segments and text.startswith("{"):
            end = {"end_time": time.time()}
            end |= {"fault": True} if text.startswith(FAILED) else {}
            for segment in self._segments:
                del segment["in_progress"]
                segment.update(end)
            self._send(*self._segments)
            self._segments = ()

    def _opened(self, root: str, function_id: str, context: dict[str, Any]) -> tuple[Any, Any]:
        told = self._function or {}
        common = {
            "name": told.get("function_name", ""),
            "trace_id": root,
            "start_time": time.time(),
            "in_progress": True,
            "resource_arn": told.get("arn", ""),
            "aws": {"request_id": context.get("request_id", "")},
        }
        service = {**common, "id": _new_id(), "origin": "AWS::Lambda"}
        function = {
            **common,
            "id": function_id,
            "parent_id": service["id"],
            "origin": "AWS::Lambda::Function",
        }
        if self._ready:
            # A cold start is told with the invocation that waited for it.
            took = {"start_time": self._started, "end_time": self._ready}
            function["subsegments"] = [{"name": "Initialization", "id": _new_id(), **took}]
            self._ready = 0.0
        return service, function

    def _send(self, *segments: dict[str, Any]) -> None:
        for segment in segments:
            document = json.dumps(segment, separators=(",", ":")).encode()
            self._datagram(DOCUMENT_HEADER + document)


def incoming(event: Any) -> tuple[str | None, str | None]:
    """Return root and parent of the trace that an event continues, or twice None.

    An HTTP API hands its root on in a header of the request, and EventBridge the trace header of
    PutEvents; the emulator drops that, so what producers of ours put there is read where they
    put it as well, in the envelope. A queue begins a trace of its own for every batch.
    """
    if not isinstance(event, dict):
        return None, None
    headers = event.get("headers")
    if isinstance(headers, dict):
        found = ROOT.search(str(headers.get("x-amzn-trace-id", "")))
        # The front derives its segment's id in the same way, see http_api_server.py.
        return (found[1], found[3][:16]) if found else (None, None)
    if isinstance(event.get("detail"), dict):
        found = TRACEPARENT.search(json.dumps(event["detail"]))
        return (f"1-{found[1]}-{found[2]}", found[3]) if found else (None, None)
    return None, None


def links_of(event: Any, root: str) -> list[dict[str, Any]]:
    """Return the links to the traces of a batch's messages, as Lambda makes them for SQS.

    AWS reads them off the messages' trace header, which the emulator drops, see `incoming`.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    found = {}
    for record in records if isinstance(records, list) else ():
        if isinstance(record, dict) and record.get("eventSource") == "aws:sqs":
            trace_id, segment_id = _sender(record)
            if trace_id and trace_id != root:
                found[trace_id, segment_id] = {
                    "trace_id": trace_id,
                    "id": segment_id,
                    "attributes": {"aws.xray.reserved.reference_type": "parent"},
                }
    return list(found.values())[:LINKS_MAX]


def _sender(record: dict[str, Any]) -> tuple[str | None, str | None]:
    header = str((record.get("attributes") or {}).get("AWSTraceHeader", ""))
    if ROOT.search(header) and PARENT.search(header):
        return _first(ROOT, header), _first(PARENT, header)
    found = TRACEPARENT.search(str(record.get("body", "")))
    return (f"1-{found[1]}-{found[2]}", found[3]) if found else (None, None)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _new_id() -> str:
    return os.urandom(8).hex()
