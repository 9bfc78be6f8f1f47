"""Adds the trace header to each invocation, and sends the segments that Lambda itself would send.

X-Ray has two segments for each invocation: one of the service (`AWS::Lambda`) and one of the
function (`AWS::Lambda::Function`), the parent of whatever the function sends. The emulator sends
neither and continues no trace. Its protocol passes through here: one line of JSON for each request
and for each response.

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
"""The start of the emulator's response for an invocation that raised."""
DOCUMENT_HEADER = b'{"format": "json", "version": 1}\n'


def wrap(requests: TextIO, responses: TextIO, send: Callable[[bytes], object]) -> tuple[Any, Any]:
    """Returns replacements for both ends of the emulator's protocol; `send` sends a datagram."""
    trace = _Trace(send)
    return _Requests(requests, trace), _Responses(responses, trace)


class _Stream:
    def __init__(self, stream: TextIO, trace: "_Trace") -> None:
        self._stream = stream
        self._trace = trace

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Requests(_Stream):
    def readline(self) -> str:
        """Returns the next line; an invocation gets the trace header."""
        line = self._stream.readline()
        return self._trace.begin(line) if line.startswith("{") else line


class _Responses(_Stream):
    def write(self, text: str) -> int:
        """Sends the segments of a response, then writes it."""
        # In this order: the emulator ends the process of a function that has failed.
        self._trace.end(text)
        return self._stream.write(text)


class _Trace:
    """The segments of the current invocation."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._datagram = send
        self._started = time.time()
        self._ready: float | None = None
        self._function: dict[str, Any] | None = None
        self._segments: tuple[dict[str, Any], ...] = ()

    def begin(self, line: str) -> str:
        """Begins the segments of an invocation; returns its line with the function's header."""
        message = json.loads(line)
        if self._function is None:
            self._function = message
            return line
        context, event = message.get("ctx") or {}, message.get("event")
        given = context.get("trace_id") or ""
        root, parent_id = incoming(event)
        root = root or _first(ROOT, given)
        if not root:
            return line  # tracing is off for this function, and the event continues no trace
        self._segments = self._opened(root, _first(PARENT, given) or _new_id(), context)
        service, function = self._segments
        service |= {"parent_id": parent_id} if parent_id else {}
        links = links_of(event, root)
        service |= {"links": links} if links else {}
        # Sent now too: the segments of a killed process stay in progress.
        self._send(*self._segments)
        context["trace_id"] = f"Root={root};Parent={function['id']};Sampled=1"
        return line if context["trace_id"] == given else json.dumps(message) + "\n"

    def end(self, text: str) -> None:
        """Sends the completed segments of an invocation."""
        if self._ready is None:
            self._ready = time.time()
        elif self._segments and text.startswith("{"):
            end = {"end_time": time.time()} | ({"fault": True} if text.startswith(FAILED) else {})
            for segment in self._segments:
                del segment["in_progress"]
                segment.update(end)
            self._send(*self._segments)
            self._segments = ()

    def _opened(self, root: str, function_id: str, context: dict[str, Any]) -> tuple[Any, Any]:
        described = self._function or {}
        common = {
            "name": described.get("function_name", ""),
            "trace_id": root,
            "start_time": time.time(),
            "in_progress": True,
            "resource_arn": described.get("arn", ""),
            "aws": {"request_id": context.get("request_id", "")},
        }
        service = {**common, "id": _new_id(), "origin": "AWS::Lambda"}
        own = {"id": function_id, "parent_id": service["id"], "origin": "AWS::Lambda::Function"}
        function = {**common, **own}
        if self._ready:
            # The first invocation includes the cold start.
            took = {"start_time": self._started, "end_time": self._ready}
            function["subsegments"] = [{"name": "Initialization", "id": _new_id(), **took}]
            self._ready = 0.0
        return service, function

    def _send(self, *segments: dict[str, Any]) -> None:
        for segment in segments:
            document = json.dumps(segment, separators=(",", ":")).encode()
            self._datagram(DOCUMENT_HEADER + document)


def incoming(event: Any) -> tuple[str | None, str | None]:
    """Returns root and parent of the trace that an event continues, or None for both.

    An HTTP API passes its root in a header. EventBridge passes the trace header of PutEvents, which
    the emulator drops, so the envelope's `traceparent` is used. A queue begins a new trace for
    every batch.
    """
    if not isinstance(event, dict):
        return None, None
    headers = event.get("headers")
    if isinstance(headers, dict):
        header = ROOT.search(str(headers.get("x-amzn-trace-id", "")))
        # http_api_server.py derives its segment's id in the same way.
        return (header[1], header[3][:16]) if header else (None, None)
    if isinstance(event.get("detail"), dict):
        return _traceparent(json.dumps(event["detail"]))
    return None, None


def links_of(event: Any, root: str) -> list[dict[str, Any]]:
    """Returns the links to the traces of a batch's messages, as Lambda makes them for SQS.

    AWS reads them from the messages' trace header, which the emulator drops, see `incoming`.
    """
    records = event.get("Records") if isinstance(event, dict) else None
    links = {}
    for record in records if isinstance(records, list) else ():
        if isinstance(record, dict) and record.get("eventSource") == "aws:sqs":
            trace_id, segment_id = _sender(record)
            if trace_id and trace_id != root:
                links[trace_id, segment_id] = {
                    "trace_id": trace_id,
                    "id": segment_id,
                    "attributes": {"aws.xray.reserved.reference_type": "parent"},
                }
    return list(links.values())[:LINKS_MAX]


def _sender(record: dict[str, Any]) -> tuple[str | None, str | None]:
    header = str((record.get("attributes") or {}).get("AWSTraceHeader", ""))
    root, parent = _first(ROOT, header), _first(PARENT, header)
    return (root, parent) if root and parent else _traceparent(str(record.get("body", "")))


def _traceparent(text: str) -> tuple[str | None, str | None]:
    match = TRACEPARENT.search(text)
    return (f"1-{match[1]}-{match[2]}", match[3]) if match else (None, None)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None


def _new_id() -> str:
    return os.urandom(8).hex()
