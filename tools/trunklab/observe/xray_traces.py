"""Reads traces from X-Ray: by id, or by an annotation of their segments."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

SEARCH_RANGE: Final = timedelta(hours=6)
"""The time range of one GetTraceSummaries. AWS documents no bound; six hours are known to work."""

TRACES_PER_CALL_MAX: Final = 5
"""Trace ids of one BatchGetTraces (X-Ray API reference)."""

PAGES_MAX: Final = 500
"""Pages of one search. X-Ray fills a page with what it has scanned so far: many may be empty."""

DEPTH_MAX: Final = 100
"""Nested subsegments of a document; deeper ones are left out."""


@dataclass(frozen=True)
class Ref:
    """A reference to a segment of a trace."""

    trace_id: str
    segment_id: str


@dataclass(frozen=True)
class Segment:
    """A segment or subsegment; times are epoch seconds, `end` is None while it is in progress.

    `failures` are the types of its exceptions, `aws` describes the call of an AWS service.
    """

    ref: Ref
    parent: Ref | None
    links: tuple[Ref, ...]
    name: str
    origin: str
    start: float
    end: float | None
    fault: bool
    error: bool
    throttle: bool
    failures: tuple[str, ...]
    annotations: Mapping[str, str]
    aws: Mapping[str, str]
    http: Mapping[str, str]
    is_subsegment: bool


class TraceSearch:
    """A search of X-Ray in a period; `cut_short` is True if it reached PAGES_MAX."""

    def __init__(self, xray: Any, since: datetime, until: datetime) -> None:
        self._xray = xray
        self._since = since
        self._until = until
        self.cut_short = False

    def find(self, names: Iterable[str], value: str) -> tuple[str, ...]:
        """Returns the ids of the traces that have the value under any of these annotations."""
        # A quotation mark would end the value; ids have none, see the command.
        expression = " OR ".join(f'annotation.{name} = "{value}"' for name in names)
        return tuple(
            dict.fromkeys(
                str(summary["Id"])
                for page in self._pages(expression)
                for summary in page["TraceSummaries"]
            )
        )

    def get(self, trace_ids: Sequence[str]) -> dict[str, list[Segment]]:
        """Returns the segments of each trace that X-Ray has."""
        traces: dict[str, list[Segment]] = {}
        for start in range(0, len(trace_ids), TRACES_PER_CALL_MAX):
            ids = list(trace_ids[start : start + TRACES_PER_CALL_MAX])
            for page in self._xray.get_paginator("batch_get_traces").paginate(TraceIds=ids):
                for trace in page["Traces"]:
                    documents = [segment["Document"] for segment in trace.get("Segments", [])]
                    segments = read_segments(trace["Id"], documents)
                    if segments:
                        traces.setdefault(str(trace["Id"]), []).extend(segments)
        return traces

    def _pages(self, expression: str) -> Iterator[Any]:
        paginator = self._xray.get_paginator("get_trace_summaries")
        start = self._since
        while start < self._until:
            end = min(start + SEARCH_RANGE, self._until)
            pages = paginator.paginate(StartTime=start, EndTime=end, FilterExpression=expression)
            for number, page in enumerate(islice(pages, PAGES_MAX), start=1):
                self.cut_short |= number == PAGES_MAX
                yield page
            start = end


def read_segments(trace_id: str, documents: list[str]) -> list[Segment]:
    """Returns every segment and subsegment of a trace's documents, without malformed ones.

    Inferred segments are left out: they repeat the subsegment of an AWS call.
    """
    segments: list[Segment] = []
    for text in documents:
        try:
            document = json.loads(text)
        except ValueError:
            continue
        if isinstance(document, dict) and not document.get("inferred"):
            segments += _flattened(trace_id, document, None, 0)
    return segments


def _flattened(
    trace_id: str, document: dict[str, Any], above: str | None, depth: int
) -> Iterator[Segment]:
    try:
        segment = _segment(trace_id, document, above)
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    yield segment
    parts = document.get("subsegments")
    for part in parts if isinstance(parts, list) and depth < DEPTH_MAX else ():
        if isinstance(part, dict):
            yield from _flattened(trace_id, part, segment.ref.segment_id, depth + 1)


def _segment(trace_id: str, document: dict[str, Any], above: str | None) -> Segment:
    parent = above or document.get("parent_id")
    end = document.get("end_time")
    http = document.get("http") or {}
    cause = document.get("cause")
    # A cause may also be the id of an exception elsewhere.
    exceptions = cause.get("exceptions") if isinstance(cause, dict) else None
    # The runtime keeps its links in the metadata too, in case X-Ray does not.
    own = (document.get("metadata") or {}).get("trunkline") or {}
    links = [*(document.get("links") or ()), *(own.get("links") or ())]
    return Segment(
        ref=Ref(trace_id, str(document["id"])),
        parent=Ref(trace_id, str(parent)) if parent else None,
        links=tuple(dict.fromkeys(Ref(str(link["trace_id"]), str(link["id"])) for link in links)),
        name=str(document["name"]),
        origin=str(document.get("origin", "")),
        start=float(document["start_time"]),
        end=None if end is None else float(end),
        fault=bool(document.get("fault")),
        error=bool(document.get("error")),
        throttle=bool(document.get("throttle")),
        failures=tuple(str(exception.get("type", "")) for exception in exceptions or ()),
        annotations=_strings(document.get("annotations")),
        aws=_strings(document.get("aws")),
        http=_strings(http.get("request")) | _strings(http.get("response")),
        is_subsegment=above is not None or document.get("type") == "subsegment",
    )


def _strings(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): str(item) for name, item in value.items() if isinstance(item, str | int)}
