"""Says of each story whether its segments are connected, and puts them into one tree.

Connected means: from the root one comes to every segment along parents and links. The tree is
drawn by more than that: a handler hangs below the handler of the event that caused its own.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trunklab.observe.segments import Ref, Segment
from trunklab.observe.trace_join import CORRELATION, Joined, links_of

DEPTH_MAX: Final = 200
"""Segments below each other in one tree; a longer chain goes on as a tree of its own."""


@dataclass(frozen=True)
class Node:
    """A segment and what hangs below it, in the order of time.

    `others` counts the handlers right below it that belong to other stories and are left out.
    """

    segment: Segment
    below: tuple["Node", ...]
    others: int


@dataclass(frozen=True)
class Story:
    """The segments of one correlation id; the id is empty where no segment names one.

    `trees` begins with the root's. What cannot be reached from the root stands in `unconnected`,
    the traces that are linked to and not there in `missing`.
    """

    correlation_id: str
    trees: tuple[Node, ...]
    unconnected: tuple[Segment, ...]
    missing: tuple[str, ...]
    faults: tuple[Segment, ...]
    unfinished: tuple[Segment, ...]

    @property
    def is_connected(self) -> bool:
        """Whether every segment can be reached from the root, and the root is there."""
        return not self.unconnected and not self.missing


def stories(joined: Joined) -> tuple[Story, ...]:
    """Return one story per correlation id, the earliest first."""
    if not joined.traces:
        return ()
    told = [_Thread(joined, one).story() for one in joined.correlations or ("",)]
    return tuple(sorted(told, key=lambda story: story.trees[0].segment.start))


class _Thread:
    """The segments of one correlation id, indexed."""

    def __init__(self, joined: Joined, correlation_id: str) -> None:
        self._correlation_id = correlation_id
        self._others: defaultdict[Ref, int] = defaultdict(int)
        traces = dict(self._ours(joined))
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
            if event_id and not one.fault:  # the last that was not in vain
                self._handlers[event_id] = one.ref
        self._placed: set[Ref] = set()

    def story(self) -> Story:
        own = list(self._segments.values())
        below: defaultdict[Ref | None, list[Segment]] = defaultdict(list)
        for segment in own:
            below[self._above(segment)].append(segment)
        # What is above itself in the end, or too deep, stands below nobody.
        trees = [self._node(one, below, 0) for one in [*below[None], *own] if self._is_new(one)]
        reached = self._reached_from(trees[0].segment.ref)
        return Story(
            correlation_id=self._correlation_id,
            trees=tuple(trees),
            unconnected=tuple(
                one for one in own if one.ref not in reached and one.parent not in self._segments
            ),
            missing=self._missing,
            faults=tuple(one for one in own if one.fault),
            unfinished=tuple(one for one in own if one.end is None),
        )

    def _ours(self, joined: Joined) -> Iterator[tuple[str, list[Segment]]]:
        for trace_id, trace in joined.traces.items():
            named = {one.annotations.get(CORRELATION, "") for one in trace}
            if self._correlation_id in named:
                yield trace_id, trace

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
        within = [one for one in self._segments.values() if self._is_within(one, segment)]
        causes = (self._handlers.get(one.annotations.get("causation_id", "")) for one in within)
        links = (self._resolved(link) for one in within for link in one.links)
        far = (one for one in (*causes, *links) if one and one.trace_id != segment.ref.trace_id)
        return next(far, None)

    def _is_within(self, segment: Segment, top: Segment) -> bool:
        if segment.ref.trace_id != top.ref.trace_id:
            return False
        return top.ref in _way_up(segment, self._segments)

    def _resolved(self, link: Ref) -> Ref | None:
        """Return the segment that is linked to, or the top of its trace, if it is there."""
        return link if link in self._segments else self._tops.get(link.trace_id)

    def _reached_from(self, root: Ref) -> set[Ref]:
        edges: defaultdict[Ref, set[Ref]] = defaultdict(set)
        for one in self._segments.values():
            for other in (one.parent, *map(self._resolved, one.links)):
                if other in self._segments:
                    edges[one.ref].add(other)
                    edges[other].add(one.ref)
        reached, waiting = {root}, deque([root])
        while waiting:
            new = edges[waiting.popleft()] - reached
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
    """Return the segment and all above it in its trace."""
    seen: dict[Ref, None] = {}
    at: Segment | None = segment
    while at is not None and at.ref not in seen:
        seen[at.ref] = None
        at = known.get(at.parent) if at.parent else None
    return seen
