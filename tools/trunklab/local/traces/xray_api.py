"""Speaks the part of X-Ray's REST protocol that finds and reads traces; refuses the rest."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from trunklab.local.local_limits import TRACE_IDS_MAX, TRACE_SUMMARIES_PAGE_MAX
from trunklab.local.traces.trace_store import Entry, TraceStore

_ANNOTATION: Final = re.compile(r'\s*annotation\.([A-Za-z0-9_]+)\s*=\s*"([^"\\]*)"\s*')
_OR: Final = re.compile(r"\sOR\s|\|\|")
_REFUSED: Final = "InvalidRequestException"


@dataclass(frozen=True)
class Reply:
    """Status and JSON of an answer."""

    status: int
    body: dict[str, Any]
    error: str | None = None


class _RefusedError(Exception):
    """The call asks for what is not served here."""


def answer(store: TraceStore, method: str, path: str, body: bytes) -> Reply:
    """Carry a call out; a refusal becomes AWS's error document."""
    try:
        return Reply(200, _operation(method, path)(store, _request(body)))
    except _RefusedError as error:
        return Reply(400, {"Message": str(error)}, _REFUSED)


def _operation(method: str, path: str) -> Callable[[TraceStore, dict[str, Any]], Any]:
    operations = {("POST", "/TraceSummaries"): _summaries, ("POST", "/Traces"): _traces}
    if (method, path) not in operations:
        raise _RefusedError(
            f"{method} {path} is not served by the local platform's X-Ray: "
            "it has GetTraceSummaries and BatchGetTraces, and takes segments over UDP."
        )
    return operations[method, path]


def _summaries(store: TraceStore, request: dict[str, Any]) -> dict[str, Any]:
    start, end = _number(request, "StartTime"), _number(request, "EndTime")
    if start > end:
        raise _RefusedError("StartTime is after EndTime.")
    wanted = _wanted(request.get("FilterExpression"))
    traces: dict[str, list[Entry]] = {}
    for entry in store.entries():
        traces.setdefault(entry.trace_id, []).append(entry)
    found = [
        _summary(trace_id, entries)
        for trace_id, entries in traces.items()
        if start <= min(one.start for one in entries) <= end and _has(entries, wanted)
    ]
    return _page(found, request) | {
        "ApproximateTime": end,
        "TracesProcessedCount": len(traces),
    }


def _traces(store: TraceStore, request: dict[str, Any]) -> dict[str, Any]:
    ids = request.get("TraceIds")
    if not isinstance(ids, list) or not 0 < len(ids) <= TRACE_IDS_MAX:
        raise _RefusedError(f"TraceIds must name 1 to {TRACE_IDS_MAX} traces.")
    traces = []
    unprocessed = []
    for trace_id in map(str, ids):
        segments = _assembled(store.documents(trace_id))
        if segments:
            traces.append(_trace(trace_id, segments))
        else:
            unprocessed.append(trace_id)
    return {"Traces": traces, "UnprocessedTraceIds": unprocessed}


def _wanted(expression: object) -> list[tuple[str, str]]:
    """Return the annotations any of which a trace must have; empty for all traces."""
    if expression in {None, ""}:
        return []
    matches = [_ANNOTATION.fullmatch(part) for part in _OR.split(str(expression))]
    if not all(matches):
        raise _RefusedError(
            f"The local platform's X-Ray filters by annotations only, not by {expression!r}: "
            'annotation.<name> = "<text>", several joined by OR.'
        )
    return [(match[1], match[2]) for match in matches if match]


def _has(entries: Iterable[Entry], wanted: list[tuple[str, str]]) -> bool:
    return not wanted or any(one in entry.annotations for entry in entries for one in wanted)


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


def _page(found: list[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    token = request.get("NextToken") or "0"
    if not str(token).isdecimal():
        raise _RefusedError("NextToken is invalid.")
    start, end = int(token), int(token) + TRACE_SUMMARIES_PAGE_MAX
    page: dict[str, Any] = {"TraceSummaries": found[start:end]}
    return page | ({"NextToken": str(end)} if end < len(found) else {})


def _trace(trace_id: str, segments: list[dict[str, Any]]) -> dict[str, Any]:
    start = min(float(one["start_time"]) for one in segments)
    end = max(float(one.get("end_time", one["start_time"])) for one in segments)
    return {
        "Id": trace_id,
        "Duration": end - start,
        "LimitExceeded": False,
        "Segments": [{"Id": one.get("id"), "Document": json.dumps(one)} for one in segments],
    }


def _assembled(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the segments with the subsegments that were sent apart inside, as X-Ray does.

    What came later stands for what came first under the same id. A subsegment whose parent has
    not come stands by itself.
    """
    latest = {str(document.get("id")): document for document in documents}
    known = {id_: part for one in latest.values() for id_, part in _parts(one)}
    segments = []
    for document in latest.values():
        parent = known.get(str(document.get("parent_id")))
        if document.get("type") == "subsegment" and parent is not None:
            parent.setdefault("subsegments", []).append(document)
        else:
            segments.append(document)
    return segments


def _parts(document: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    yield str(document.get("id")), document
    for part in document.get("subsegments") or ():
        yield from _parts(part)


def _number(request: dict[str, Any], name: str) -> float:
    value = request.get(name)
    if not isinstance(value, int | float):
        raise _RefusedError(f"{name} is missing.")
    return float(value)


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError as error:
        raise _RefusedError(f"The body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise _RefusedError("The body is not a JSON object.")
    return request
