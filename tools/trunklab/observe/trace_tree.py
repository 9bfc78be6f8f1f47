"""Joins the traces of a story across queues, and puts their segments into one tree.

A queue begins a new trace for each batch, which links back. A story is connected if every segment
can be reached from the root along parents and links. The tree also uses the events' causes: a
handler is put below the handler of the event that caused its own.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trunklab.observe.xray_traces import Ref, Segment, TraceSearch

CORRELATION: Final = "correlation_id"
"""The annotation that all segments of a story share."""

SEARCHED_BY: Final = (CORRELATION, "event_id", "subject")
"""Annotations that are searched for an id that is not a trace id."""

TRACES_MAX: Final = 200
"""Traces of one story."""

CORRELATIONS_MAX: Final = 20
"""Correlation ids of one id."""

DEPTH_MAX: Final = 200
"""Segments below each other in one tree; a longer chain continues as a tree of its own."""

_TRACE_ID: Final = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")


@dataclass(frozen=True)
class Joined:
    """The traces of an id; `missing` are linked to, but X-Ray does not have them."""

    traces: dict[str, list[Segment]]
    correlations: tuple[str, ...]
    missing: tuple[str, ...]
    cut_short: bool


def join(search: TraceSearch, wanted: str) -> Joined:
    """Returns the traces of an id, of the correlation ids in them, and all traces linked to."""
    first = [wanted] if _TRACE_ID.fullmatch(wanted) else list(search.find(SEARCHED_BY, wanted))
    traces = search.get(first[:TRACES_MAX])
    correlations = _correlations(traces, wanted)
    waiting = list(first[TRACES_MAX:])
    for correlation in correlations[:CORRELATIONS_MAX]:
        waiting += search.find([CORRELATION], correlation)
    missing: list[str] = []
    while True:
        links = (link for trace in traces.values() for link in links_of(trace, correlations))
        ids = dict.fromkeys([*waiting, *(link.trace_id for link in links)])
        unknown = [id_ for id_ in ids if id_ not in traces and id_ not in missing]
        unknown = unknown[: TRACES_MAX - len(traces)]
        if not unknown:
            break
        found = search.get(unknown)
        traces |= found
        missing += [id_ for id_ in unknown if id_ not in found]
    more = len(traces) >= TRACES_MAX or len(correlations) > CORRELATIONS_MAX
    return Joined(traces, tuple(correlations), tuple(missing), more or search.cut_short)


def _correlations(traces: dict[str, list[Segment]], wanted: str) -> list[str]:
    """Returns the correlation ids of the segments with this annotation or trace id."""
    named = [
        segment.annotations[CORRELATION]
        for trace in traces.values()
        for segment in trace
        if CORRELATION in segment.annotations
        and (wanted == segment.ref.trace_id or wanted in segment.annotations.values())
    ]
    return list(dict.fromkeys(named))


def links_of(trace: Sequence[Segment], correlations: Container[str]) -> Iterator[Ref]:
    """Yields the links of the segments with these correlation ids.

    The trace of a batch also links to other stories. Without any correlation id, all links count.
    """
    is_correlated = any(CORRELATION in one.annotations for one in trace)
    for segment in trace:
        named = segment.annotations.get(CORRELATION)
        if named in correlations if named is not None else not is_correlated:
            yield from segment.links


@dataclass(frozen=True)
class Node:
    """A segment and those below it in the order of time.

    `others` counts the handlers directly below it that are left out: those of other stories.
    """

    segment: Segment
    below: tuple["Node", ...]
    others: int


@dataclass(frozen=True)
class CorrelatedTrace:
    """The segments of a correlation id, which is empty if no segment has one.

    The root is in the first tree. `unconnected` cannot be reached from it; `missing` are traces
    that are linked to, but not there.
    """

    correlation_id: str
    trees: tuple[Node, ...]
    unconnected: tuple[Segment, ...]
    missing: tuple[str, ...]
    faults: tuple[Segment, ...]
    unfinished: tuple[Segment, ...]

    @property
    def is_connected(self) -> bool:
        """True if every segment can be reached from the root, and no trace is missing."""
        return not self.unconnected and not self.missing


def stories(joined: Joined) -> tuple[CorrelatedTrace, ...]:
    """Returns a story for each correlation id, the earliest first."""
    if not joined.traces:
        return ()
    built = [_TraceBuilder(joined, id_).story() for id_ in joined.correlations or ("",)]
    return tuple(sorted(built, key=lambda story: story.trees[0].segment.start))


class _TraceBuilder:
    """The segments of a correlation id, indexed."""

    def __init__(self, joined: Joined, correlation_id: str) -> None:
        self._correlation_id = correlation_id
        self._others: defaultdict[Ref, int] = defaultdict(int)
        traces = {
            trace_id: trace
            for trace_id, trace in joined.traces.items()
            if any(one.annotations.get(CORRELATION, "") == correlation_id for one in trace)
        }
        linked = {link for trace in traces.values() for link in links_of(trace, {correlation_id})}
        self._missing = tuple(sorted({one.trace_id for one in linked} & {*joined.missing}))
        traces |= {
            one.trace_id: joined.traces[one.trace_id]
            for one in linked
            if one.trace_id in joined.traces
        }
        kept = [one for trace in traces.values() for one in self._without_others(trace)]
        self._segments = {one.ref: one for one in sorted(kept, key=lambda one: one.start)}
        self._tops: dict[str, Ref] = {}
        self._handlers: dict[str, Ref] = {}
        for one in self._segments.values():
            if one.parent not in self._segments:
                self._tops.setdefault(one.ref.trace_id, one.ref)
            event_id = one.annotations.get("event_id")
            if event_id and not one.fault:  # the last successful attempt
                self._handlers[event_id] = one.ref
        self._placed: set[Ref] = set()

    def story(self) -> CorrelatedTrace:
        own = list(self._segments.values())
        below: defaultdict[Ref | None, list[Segment]] = defaultdict(list)
        for segment in own:
            below[self._above(segment)].append(segment)
        # Segments in a cycle, or too deep, become roots.
        trees = [self._node(one, below, 0) for one in [*below[None], *own] if self._is_new(one)]
        reached = self._reached_from(trees[0].segment.ref)
        return CorrelatedTrace(
            correlation_id=self._correlation_id,
            trees=tuple(trees),
            unconnected=tuple(
                one for one in own if one.ref not in reached and one.parent not in self._segments
            ),
            missing=self._missing,
            faults=tuple(one for one in own if one.fault),
            unfinished=tuple(one for one in own if one.end is None),
        )

    def _without_others(self, trace: Sequence[Segment]) -> Iterator[Segment]:
        known = {one.ref: one for one in trace}
        foreign = {
            one.ref
            for one in trace
            if one.annotations.get(CORRELATION, self._correlation_id) != self._correlation_id
        }
        for one in trace:
            way = list(_way_up(one, known))
            if not foreign.intersection(way):
                yield one
            elif one.ref in foreign and one.parent is not None:
                self._others[one.parent] += not foreign.intersection(way[1:])

    def _above(self, segment: Segment) -> Ref | None:
        if segment.parent in self._segments:
            return segment.parent
        within = [
            one
            for one in self._segments.values()
            if one.ref.trace_id == segment.ref.trace_id
            and segment.ref in _way_up(one, self._segments)
        ]
        causes = (self._handlers.get(one.annotations.get("causation_id", "")) for one in within)
        links = (self._resolved(link) for one in within for link in one.links)
        far = (one for one in (*causes, *links) if one and one.trace_id != segment.ref.trace_id)
        return next(far, None)

    def _resolved(self, link: Ref) -> Ref | None:
        """Returns the linked segment, or the top of its trace, if known."""
        return link if link in self._segments else self._tops.get(link.trace_id)

    def _reached_from(self, root: Ref) -> set[Ref]:
        edges: defaultdict[Ref, set[Ref]] = defaultdict(set)
        for one in self._segments.values():
            for other in (one.parent, *map(self._resolved, one.links)):
                if other in self._segments:
                    edges[one.ref].add(other)
                    edges[other].add(one.ref)
        reached, waiting = {root}, [root]
        while waiting:
            new = edges[waiting.pop()] - reached
            reached |= new
            waiting += new
        return reached

    def _node(self, segment: Segment, below: dict[Ref | None, list[Segment]], depth: int) -> Node:
        self._placed.add(segment.ref)
        parts = below.get(segment.ref, []) if depth < DEPTH_MAX else []
        return Node(
            segment,
            tuple(self._node(one, below, depth + 1) for one in parts if self._is_new(one)),
            self._others[segment.ref],
        )

    def _is_new(self, segment: Segment) -> bool:
        return segment.ref not in self._placed


def _way_up(segment: Segment, known: dict[Ref, Segment]) -> Iterable[Ref]:
    """Returns the segment and all above it in its trace."""
    seen: dict[Ref, None] = {}
    at: Segment | None = segment
    while at is not None and at.ref not in seen:
        seen[at.ref] = None
        at = known.get(at.parent) if at.parent else None
    return seen
