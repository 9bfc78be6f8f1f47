"""The two segments that Lambda itself sends for each invocation, and the header between them.

The service's (`AWS::Lambda`) is the parent of the function's (`AWS::Lambda::Function`), which is
the parent of whatever the function sends.
"""

import json
import re
from typing import Any, Final

from trunklab import effects
from trunklab.local.delivery.steps import JsonObject

_ROOT: Final = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
_PARENT: Final = re.compile(r"Parent=([0-9a-f]{16})")
_NOT_SAMPLED: Final = "Sampled=0"
_LINKS_MAX: Final = 20
"""Traces one segment can be linked to [X-Ray guide, tracing event-driven applications]."""
_ID_DIGITS: Final = 16
_ROOT_DIGITS: Final = 24


class InvocationTrace:
    """The segments of one invocation, from its beginning to its end."""

    def __init__(self, function: JsonObject, header: str, payload: bytes, *, active: bool) -> None:
        """Continues the trace of a header; without one a new trace begins if tracing is active."""
        root = _first(_ROOT, header)
        self._segments: tuple[JsonObject, ...] = ()
        self.header = ""
        """The function's trace header; empty without a trace."""
        if _NOT_SAMPLED in header or not (root or active):
            self.header = header
            return
        started = effects.now().timestamp()
        root = root or f"1-{int(started):08x}-{effects.random_hex(_ROOT_DIGITS)}"
        common = {
            "name": function["FunctionName"],
            "trace_id": root,
            "start_time": started,
            "in_progress": True,
            "resource_arn": function["FunctionArn"],
        }
        service = {**common, "id": effects.random_hex(_ID_DIGITS), "origin": "AWS::Lambda"}
        parent = _first(_PARENT, header)
        if parent:
            service["parent_id"] = parent
        links = _links(payload, root)
        if links:
            service["links"] = links
        own = {"id": effects.random_hex(_ID_DIGITS), "parent_id": service["id"]}
        self._segments = (service, {**common, **own, "origin": "AWS::Lambda::Function"})
        self.header = f"Root={root};Parent={own['id']};Sampled=1"

    def documents(self, request_id: str) -> list[bytes]:
        """Returns the segments as they are now."""
        return [
            json.dumps({**one, "aws": {"request_id": request_id}}).encode()
            for one in self._segments
        ]

    def end(self, *, failed: bool, cold_start: tuple[float, float] | None) -> None:
        """Completes the segments; `cold_start` is from when to when the worker started."""
        for segment in self._segments:
            del segment["in_progress"]
            segment["end_time"] = effects.now().timestamp()
            if failed:
                segment["fault"] = True
        if cold_start and self._segments:
            began, ended = cold_start
            took = {"name": "Initialization", "start_time": began, "end_time": ended}
            self._segments[1]["subsegments"] = [{"id": effects.random_hex(_ID_DIGITS), **took}]


def _links(payload: bytes, root: str) -> list[JsonObject]:
    """Returns the links to the traces of a batch's messages, as Lambda makes them for SQS."""
    if b"AWSTraceHeader" not in payload:
        return []
    event: Any = json.loads(payload)
    records = event.get("Records", []) if isinstance(event, dict) else []
    links = {}
    for record in records:
        header = str(record.get("attributes", {}).get("AWSTraceHeader", ""))
        trace, parent = _first(_ROOT, header), _first(_PARENT, header)
        if trace and parent and trace != root:
            links[trace, parent] = {
                "trace_id": trace,
                "id": parent,
                "attributes": {"aws.xray.reserved.reference_type": "parent"},
            }
    return list(links.values())[:_LINKS_MAX]


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
