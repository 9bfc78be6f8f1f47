"""Joins the traces of one story: a queue begins a trace for each batch, which links back."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trunklab.observe.segments import Ref, Segment
from trunklab.observe.xray_traces import TraceSearch

CORRELATION: Final = "correlation_id"
"""The annotation that all segments of one story share."""

SEARCHED_BY: Final = (CORRELATION, "event_id", "subject")
"""What an id that is no trace id may be."""

TRACES_MAX: Final = 200
"""Traces of one story."""

CORRELATIONS_MAX: Final = 20
"""Correlation ids that one id may stand for."""

_TRACE_ID: Final = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")


@dataclass(frozen=True)
class Joined:
    """The traces of a story by id; `missing` are linked to, and X-Ray does not have them."""

    traces: dict[str, list[Segment]]
    correlations: tuple[str, ...]
    missing: tuple[str, ...]
    cut_short: bool


def join(search: TraceSearch, wanted: str) -> Joined:
    """Find the traces of an id, then all of the correlation ids they name and all linked to.

    An id that no trace knows gives no traces at all.
    """
    first = [wanted] if _TRACE_ID.fullmatch(wanted) else list(search.find(SEARCHED_BY, wanted))
    traces = search.get(first[:TRACES_MAX])
    correlations = _correlations(traces, wanted)
    waiting = list(first[TRACES_MAX:])
    for correlation in correlations[:CORRELATIONS_MAX]:
        waiting += search.find([CORRELATION], correlation)
    missing: list[str] = []
    while True:
        links = (link for trace in traces.values() for link in links_of(trace, correlations))
        asked = dict.fromkeys([*waiting, *(link.trace_id for link in links)])
        unknown = [one for one in asked if one not in traces and one not in missing]
        unknown = unknown[: TRACES_MAX - len(traces)]
        if not unknown:
            break
        found = search.get(unknown)
        traces |= found
        missing += [one for one in unknown if one not in found]
    more = len(traces) >= TRACES_MAX or len(correlations) > CORRELATIONS_MAX
    return Joined(traces, tuple(correlations), tuple(missing), more or search.cut_short)


def _correlations(traces: dict[str, list[Segment]], wanted: str) -> list[str]:
    """Return the correlation ids of the segments that name the id; of a trace's id, all of it."""
    segments = [segment for trace in traces.values() for segment in trace]
    named = [
        one.annotations[CORRELATION]
        for one in segments
        if CORRELATION in one.annotations
        and (wanted == one.ref.trace_id or wanted in one.annotations.values())
    ]
    return list(dict.fromkeys(named))


def links_of(trace: Sequence[Segment], correlations: Container[str]) -> Iterator[Ref]:
    """Yield what the segments of these stories link to.

    A batch's trace links to those of other stories as well, which are none of ours; where no
    segment names a story, all links count.
    """
    is_told = any(CORRELATION in one.annotations for one in trace)
    for segment in trace:
        named = segment.annotations.get(CORRELATION)
        if named in correlations if named is not None else not is_told:
            yield from segment.links
