"""How a trace is laid out: one row a segment, its tree and its place in time beside each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunklab.observe.segments import Segment
from trunklab.observe.trace_tree import Node, Story

BAR_CHARACTERS: Final = 24

_ID_CHARACTERS: Final = 8
"""How much of an event id a row shows; `--json` has all of it."""

_SERVICE: Final = "AWS::Lambda"
_FUNCTION: Final = "AWS::Lambda::Function"
_OF_LAMBDA: Final = {_SERVICE: "Lambda", _FUNCTION: "function"}
_CALLED: Final = ("operation", "table_name", "table_names", "queue_url", "event_bus_name")


class Tone(StrEnum):
    """What a row is about, for its colour on a terminal."""

    HOST = "bold"
    HANDLER = "bold cyan"
    PART = "default"
    DOUBTFUL = "yellow"
    BAD = "bold red"


@dataclass(frozen=True)
class Row:
    """One line; the bar spans from `bar_start` to `bar_end`, of BAR_CHARACTERS characters."""

    at_ms: float
    duration_ms: float | None
    bar_start: int
    bar_end: int
    guide: str
    text: str
    tone: Tone


def headline(story: Story) -> tuple[str, str]:
    """Say in two lines whose trace this is, how long it took and whether it hangs together."""
    segments = list(_all(story))
    traces = dict.fromkeys(one.ref.trace_id for one in segments)
    verdict = "connected" if story.is_connected else "NOT connected"
    subject = next(
        (one.annotations["subject"] for one in segments if "subject" in one.annotations), ""
    )
    size = f"{len(segments)} segments in {len(traces)} traces"
    return (
        f"Trace of {subject or 'unknown subject'}: {_total_ms(story):.0f} ms, {size}, {verdict}",
        f"correlation {story.correlation_id or 'unknown'}, root {segments[0].ref.trace_id}",
    )


def rows(story: Story) -> Iterator[Row]:
    """Lay the story out, the tree drawn with guides as `tree` does."""
    start = story.trees[0].segment.start
    total_ms = _total_ms(story)
    for tree in story.trees:
        yield from _rows(tree, ("", ""), start, total_ms)


def remarks(story: Story) -> Iterator[str]:
    """Say what is wrong with the story, a line each."""
    for one in story.unconnected:
        yield f"not connected: {describe(one)} of trace {one.ref.trace_id}"
    for trace_id in story.missing:
        yield (
            f"not there: trace {trace_id}, which others link to: it was not sampled, has not come "
            "yet, or is older than X-Ray keeps"
        )
    for one in story.faults:
        yield f"fault: {describe(one)} of trace {one.ref.trace_id}"
    for one in story.unfinished:
        yield f"no end: {describe(one)} of trace {one.ref.trace_id} is at work, or was killed"


def describe(segment: Segment) -> str:
    """Name a segment in a few words."""
    if segment.http.get("method"):
        path = segment.http.get("url", "").partition("://")[2].partition("/")[2]
        what = f"{segment.http['method']} /{path} ({segment.name})"
    elif segment.origin in _OF_LAMBDA:
        what = f"{segment.name} ({_OF_LAMBDA[segment.origin]})"
    else:
        called = [segment.aws[name] for name in _CALLED if name in segment.aws]
        what = " ".join([segment.name.removeprefix("## "), *called])
    event_id = segment.annotations.get("event_id")
    what += f" of event {event_id[:_ID_CHARACTERS]}" if event_id else ""
    status = segment.http.get("status", "")
    said = [status] if status and (segment.http.get("method") or segment.aws) else []
    return ", ".join([what, *said, *_trouble(segment)])


def _trouble(segment: Segment) -> Iterator[str]:
    for name in ("fault", "error", "throttle"):
        if getattr(segment, name):
            yield name
    yield from filter(None, segment.failures)


def _rows(node: Node, guides: tuple[str, str], start: float, total_ms: float) -> Iterator[Row]:
    own, below = guides
    node = _of_function(node)
    segment = node.segment
    at_ms = (segment.start - start) * 1_000
    duration_ms = segment.duration_ms
    begin = _place(at_ms, total_ms)
    end = _place(at_ms + (duration_ms or 0.0), total_ms)
    others = f", and {node.others} of other stories in the batch" if node.others else ""
    yield Row(
        at_ms,
        duration_ms,
        min(begin, BAR_CHARACTERS - 1),
        max(end, min(begin, BAR_CHARACTERS - 1) + 1),
        own,
        describe(segment) + others,
        _tone(segment),
    )
    for index, child in enumerate(node.below):
        last = index == len(node.below) - 1
        corner, way = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _rows(child, (below + corner, below + way), start, total_ms)


def _of_function(node: Node) -> Node:
    """Return what is shown of an invocation: Lambda's two segments of it say the same twice."""
    only = node.below[0] if len(node.below) == 1 else node
    is_pair = node.segment.origin == _SERVICE and only.segment.origin == _FUNCTION
    return only if is_pair and only.segment.name == node.segment.name else node


def _place(at_ms: float, total_ms: float) -> int:
    share = at_ms / total_ms if total_ms > 0 else 0.0
    return round(min(max(share, 0.0), 1.0) * BAR_CHARACTERS)


def _tone(segment: Segment) -> Tone:
    if segment.fault:
        return Tone.BAD
    if segment.error or segment.throttle or segment.end is None:
        return Tone.DOUBTFUL
    if segment.name.startswith("## ") and segment.annotations:
        return Tone.HANDLER
    return Tone.PART if segment.is_subsegment else Tone.HOST


def _total_ms(story: Story) -> float:
    segments = list(_all(story))
    end = max(one.start if one.end is None else one.end for one in segments)
    return (end - segments[0].start) * 1_000


def _all(story: Story) -> Iterator[Segment]:
    waiting = list(reversed(story.trees))
    while waiting:
        node = waiting.pop()
        yield node.segment
        waiting += reversed(node.below)
