"""Traces as X-Ray answers them, for the tests of `trunkline trace`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from trunklab.observe.trace_tree import Joined, join
from trunklab.observe.xray_traces import TraceSearch

ROOT = "1-5759e988-000000000000000000000001"
BATCH = "1-5759e988-000000000000000000000002"
LAST = "1-5759e988-000000000000000000000003"
SINCE = datetime(2026, 11, 2, tzinfo=UTC)
UNTIL = datetime(2026, 11, 3, tzinfo=UTC)

Traces = dict[str, list[dict[str, Any]]]


def segment(segment_id: str, at: float, name: str = "", **more: Any) -> dict[str, Any]:
    """A document that begins at that many seconds and takes 10 ms."""
    common = {"id": segment_id, "name": name or segment_id, "start_time": at}
    return {**common, "end_time": at + 0.01, **more}


def link(trace_id: str, segment_id: str) -> dict[str, str]:
    """A link as Lambda writes it."""
    return {"trace_id": trace_id, "id": segment_id}


def handler(segment_id: str, at: float, event_id: str, cause: str = "", **more: Any) -> Any:
    """A handler's subsegment of the story corr-1, linked to the root."""
    annotations = {"event_id": event_id, "correlation_id": "corr-1", "subject": "o-1"}
    annotations |= {"causation_id": cause} if cause else {}
    linked = {"links": [link(ROOT, "f1")], "annotations": annotations}
    return segment(segment_id, at, f"## {segment_id}", **linked | more)


def a_visit() -> Traces:
    """A request, its event handled in a batch with another order's, and what that caused."""
    request = segment("f1", 0.1, "place", parent_id="r", origin="AWS::Lambda::Function")
    request["subsegments"] = [
        segment("h1", 0.2, "## open-gate", annotations={"correlation_id": "corr-1"})
    ]
    foreign = handler("hx", 1.3, "e-x", annotations={"event_id": "e-x", "correlation_id": "corr-x"})
    foreign["links"] = [link("1-5759e988-00000000000000000000000x", "fx")]
    foreign["subsegments"] = [segment("call-x", 1.3)]
    paying = segment("f2", 1.1, "pay", parent_id="l2", origin="AWS::Lambda::Function")
    paying["subsegments"] = [
        handler("print-ticket", 1.2, "e-1"),
        foreign,
        segment("commit", 1.4, "## commit"),
    ]
    telling = segment("f3", 2.1, "tell", origin="AWS::Lambda::Function")
    telling["subsegments"] = [handler("greet-visitor", 2.2, "e-2", "e-1")]
    told = {"method": "POST", "url": "http://host:1/visits"}
    return {
        ROOT: [
            segment("r", 0.0, "HTTP API", http={"request": told, "response": {"status": 202}}),
            request,
        ],
        BATCH: [segment("l2", 1.0, "pay", origin="AWS::Lambda"), paying],
        LAST: [telling],
    }


class XRay:
    """X-Ray's API over some traces; keeps what it was asked."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self.searched: list[dict[str, Any]] = []
        self.got: list[list[str]] = []

    def get_paginator(self, operation: str) -> Any:
        """The operation, in pages of one trace."""
        return type("Paginator", (), {"paginate": staticmethod(getattr(self, f"_{operation}"))})

    def _get_trace_summaries(self, **request: Any) -> Any:
        self.searched.append(request)
        wanted = request["FilterExpression"].split(" OR ")
        for trace_id, documents in self._traces.items():
            pairs = {
                f'annotation.{name} = "{value}"'
                for one in documents
                for part in _parts(one)
                for name, value in part.get("annotations", {}).items()
            }
            if pairs & set(wanted):
                yield {"TraceSummaries": [{"Id": trace_id}]}

    def _batch_get_traces(self, TraceIds: list[str]) -> Any:  # noqa: N803  # boto3's name
        self.got.append(TraceIds)
        for trace_id in TraceIds:
            if trace_id in self._traces:
                documents = [{"Document": json.dumps(one)} for one in self._traces[trace_id]]
                yield {"Traces": [{"Id": trace_id, "Segments": documents}]}


def joined(traces: Traces, wanted: str = "corr-1") -> Joined:
    """What is found for an id in these traces."""
    return join(TraceSearch(XRay(traces), SINCE, UNTIL), wanted)


def _parts(document: dict[str, Any]) -> Sequence[dict[str, Any]]:
    below = [part for one in document.get("subsegments", []) for part in _parts(one)]
    return [document, *below]
