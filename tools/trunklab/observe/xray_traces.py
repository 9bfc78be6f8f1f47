"""Asks X-Ray for traces: by their ids, or by what their segments are annotated with."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from trunklab.observe.segments import Segment, read_segments

SEARCH_RANGE: Final = timedelta(hours=6)
"""The time range of one GetTraceSummaries. AWS documents no bound; six hours are known to work."""

TRACES_PER_CALL_MAX: Final = 5
"""Trace ids of one BatchGetTraces (X-Ray API reference)."""

PAGES_MAX: Final = 500
"""Pages of one search. X-Ray fills a page with what it has scanned so far: many may be empty."""


class TraceSearch:
    """X-Ray as far as a story needs it, from one point in time to another."""

    def __init__(self, xray: Any, since: datetime, until: datetime) -> None:
        self._xray = xray
        self._since = since
        self._until = until
        self.cut_short = False
        """Whether a search had more pages than are read."""

    def find(self, names: Iterable[str], value: str) -> tuple[str, ...]:
        """Return the ids of the traces that have the value under any of these annotations."""
        # A quotation mark would end the value; ids have none, see the verb.
        expression = " OR ".join(f'annotation.{name} = "{value}"' for name in names)
        return tuple(
            dict.fromkeys(
                str(summary["Id"])
                for start, end in self._ranges()
                for page in self._pages(start, end, expression)
                for summary in page["TraceSummaries"]
            )
        )

    def get(self, trace_ids: Sequence[str]) -> dict[str, list[Segment]]:
        """Return the segments of each trace that X-Ray holds."""
        found: dict[str, list[Segment]] = {}
        for start in range(0, len(trace_ids), TRACES_PER_CALL_MAX):
            ids = list(trace_ids[start : start + TRACES_PER_CALL_MAX])
            for page in self._xray.get_paginator("batch_get_traces").paginate(TraceIds=ids):
                for trace in page["Traces"]:
                    documents = [one["Document"] for one in trace.get("Segments", [])]
                    segments = read_segments(trace["Id"], documents)
                    if segments:
                        found.setdefault(str(trace["Id"]), []).extend(segments)
        return found

    def _ranges(self) -> Iterator[tuple[datetime, datetime]]:
        start = self._since
        while start < self._until:
            end = min(start + SEARCH_RANGE, self._until)
            yield start, end
            start = end

    def _pages(self, start: datetime, end: datetime, expression: str) -> Iterator[Any]:
        paginator = self._xray.get_paginator("get_trace_summaries")
        pages = paginator.paginate(StartTime=start, EndTime=end, FilterExpression=expression)
        for number, page in enumerate(islice(pages, PAGES_MAX), start=1):
            self.cut_short |= number == PAGES_MAX
            yield page
