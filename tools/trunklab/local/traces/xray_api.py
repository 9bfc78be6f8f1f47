"""The traces of the platform in memory, and the part of X-Ray's REST API that reads them."""

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from trunklab.local.http.rest_api import RestError, RestResponse, json_object, page, respond
from trunklab.local.local_limits import TRACE_BYTES_MAX, TRACE_IDS_MAX, TRACE_SUMMARIES_PAGE_MAX

_ANNOTATION: Final = re.compile(r'\s*annotation\.([A-Za-z0-9_]+)\s*=\s*"([^"\\]*)"\s*')
_OR: Final = re.compile(r"\sOR\s|\|\|")
_REFUSED: Final = "InvalidRequestException"
_FLAGS: Final = ("fault", "error", "throttle")


@dataclass(frozen=True)
class Entry:
    """A document with its trace, its times in epoch seconds, and what it can be found by."""

    trace_id: str
    start: float
    end: float
    annotations: tuple[tuple[str, str], ...]
    flags: frozenset[str]
    content: bytes


class TraceStore:
    """Segment documents; the oldest are dropped beyond TRACE_BYTES_MAX."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def add(self, content: bytes) -> None:
        """Keeps the JSON of a valid segment."""
        with self._lock:
            self._entries.append(_entry(content))
            self._size += len(content)
            while self._size > TRACE_BYTES_MAX:
                self._size -= len(self._entries.popleft().content)

    def entries(self) -> list[Entry]:
        """Returns every document in the order in which they came."""
        with self._lock:
            return list(self._entries)

    def documents(self, trace_id: str) -> list[dict[str, Any]]:
        """Returns the documents of a trace in the order in which they came."""
        kept = self.entries()
        return [json.loads(entry.content) for entry in kept if entry.trace_id == trace_id]


def answer(store: TraceStore, method: str, path: str, body: bytes) -> RestResponse:
    """Returns the response to a call; a refusal is AWS's error document."""
    return respond(
        lambda: RestResponse(200, _operation(method, path)(store, json_object(body, _REFUSED)))
    )


def _operation(method: str, path: str) -> Callable[[TraceStore, dict[str, Any]], Any]:
    operations = {("POST", "/TraceSummaries"): _summaries, ("POST", "/Traces"): _traces}
    if (method, path) not in operations:
        raise _refused(
            f"{method} {path} is not served by the local platform's X-Ray: "
            "it has GetTraceSummaries and BatchGetTraces, and takes segments over UDP."
        )
    return operations[method, path]


def _summaries(store: TraceStore, request: dict[str, Any]) -> dict[str, Any]:
    start, end = _number(request, "StartTime"), _number(request, "EndTime")
    if start > end:
        raise _refused("StartTime is after EndTime.")
    wanted = _wanted(request.get("FilterExpression"))
    traces: dict[str, list[Entry]] = {}
    for entry in store.entries():
        traces.setdefault(entry.trace_id, []).append(entry)
    matching = [
        _summary(trace_id, entries)
        for trace_id, entries in traces.items()
        if start <= min(entry.start for entry in entries) <= end
        and (not wanted or any(wanted.intersection(entry.annotations) for entry in entries))
    ]
    try:
        summaries = page(
            "TraceSummaries", matching, request.get("NextToken"), TRACE_SUMMARIES_PAGE_MAX
        )
    except ValueError as error:
        raise _refused("NextToken is invalid.") from error
    return summaries | {"ApproximateTime": end, "TracesProcessedCount": len(traces)}


def _traces(store: TraceStore, request: dict[str, Any]) -> dict[str, Any]:
    ids = request.get("TraceIds")
    if not isinstance(ids, list) or not 0 < len(ids) <= TRACE_IDS_MAX:
        raise _refused(f"TraceIds must name 1 to {TRACE_IDS_MAX} traces.")
    segments = {str(id_): _assembled(store.documents(str(id_))) for id_ in ids}
    return {
        "Traces": [_trace(id_, documents) for id_, documents in segments.items() if documents],
        "UnprocessedTraceIds": [id_ for id_, documents in segments.items() if not documents],
    }


def _wanted(expression: object) -> set[tuple[str, str]]:
    """Returns the annotations any of which a trace must have; empty for all traces."""
    if expression in {None, ""}:
        return set()
    matches = [_ANNOTATION.fullmatch(part) for part in _OR.split(str(expression))]
    if not all(matches):
        raise _refused(
            f"The local platform's X-Ray filters by annotations only, not by {expression!r}: "
            'annotation.<name> = "<text>", several joined by OR.'
        )
    return {(match[1], match[2]) for match in matches if match}


def _summary(trace_id: str, entries: list[Entry]) -> dict[str, Any]:
    start, end = min(one.start for one in entries), max(one.end for one in entries)
    annotations: dict[str, list[Any]] = {}
    for name, value in dict.fromkeys(pair for one in entries for pair in one.annotations):
        annotations.setdefault(name, []).append({"AnnotationValue": {"StringValue": value}})
    flags = frozenset[str]().union(*(one.flags for one in entries))
    return {
        "Id": trace_id,
        "StartTime": start,
        "Duration": end - start,
        "HasFault": "fault" in flags,
        "HasError": "error" in flags,
        "HasThrottle": "throttle" in flags,
        "IsPartial": False,
        "Annotations": annotations,
    }


def _trace(trace_id: str, segments: list[dict[str, Any]]) -> dict[str, Any]:
    start = min(float(one["start_time"]) for one in segments)
    end = max(float(one.get("end_time") or one["start_time"]) for one in segments)
    return {
        "Id": trace_id,
        "Duration": end - start,
        "LimitExceeded": False,
        "Segments": [{"Id": one.get("id"), "Document": json.dumps(one)} for one in segments],
    }


def _assembled(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the segments; subsegments that were sent apart are put inside them, as X-Ray does.

    A later document replaces an earlier one with its id. A subsegment without its parent stays
    by itself.
    """
    latest = {str(document.get("id")): document for document in documents}
    known = {id_: part for document in latest.values() for id_, part in _parts(document)}
    segments = []
    for document in latest.values():
        parent = known.get(str(document.get("parent_id")))
        if document.get("type") == "subsegment" and parent is not None:
            parent.setdefault("subsegments", []).append(document)
        else:
            segments.append(document)
    return segments


def _number(request: dict[str, Any], name: str) -> float:
    value = request.get(name)
    if not isinstance(value, int | float):
        raise _refused(f"{name} is missing.")
    return float(value)


def _refused(problem: str) -> RestError:
    return RestError(400, _REFUSED, problem)


def _entry(content: bytes) -> Entry:
    document = json.loads(content)
    start = float(document["start_time"])
    parts = [part for _, part in _parts(document)]
    return Entry(
        trace_id=document["trace_id"],
        start=start,
        end=float(document.get("end_time") or start),
        annotations=tuple(
            (name, str(value))
            for part in parts
            for name, value in (part.get("annotations") or {}).items()
        ),
        flags=frozenset(name for part in parts for name in _FLAGS if part.get(name)),
        content=content,
    )


def _parts(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield str(document.get("id")), document
    for part in document.get("subsegments") or ():
        yield from _parts(part)
