"""Views of traces: a waterfall for a terminal, and a JSON document for scripts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from trunklab.observe.trace_tree import CorrelatedTrace, Joined, Node
from trunklab.observe.views import ID_CHARACTERS, Row, Tone, draw, print_each
from trunklab.observe.xray_traces import Segment
from trunklab.printable import printable

BAR_CHARACTERS: Final = 24

_SERVICE: Final = "AWS::Lambda"
_FUNCTION: Final = "AWS::Lambda::Function"
_OF_LAMBDA: Final = {_SERVICE: "Lambda", _FUNCTION: "function"}
_CALLED: Final = ("operation", "table_name", "table_names", "queue_url", "event_bus_name")


def render(stories: Sequence[CorrelatedTrace], console: Console) -> None:
    """Prints each story as a headline, a waterfall and its problems."""
    print_each(stories, _lines, console)


def as_json(wanted: str, joined: Joined, stories: Sequence[CorrelatedTrace]) -> str:
    """Returns a search and its traces; times are epoch seconds, as in X-Ray."""
    document = {
        "wanted": wanted,
        "traces": sorted(joined.traces),
        "cut_short": joined.cut_short,
        "stories": [_of_story(story) for story in stories],
    }
    return json.dumps(document, indent=2)


def _of_story(story: CorrelatedTrace) -> dict[str, Any]:
    return {
        "correlation_id": story.correlation_id,
        "connected": story.is_connected,
        "unconnected": [asdict(one.ref) for one in story.unconnected],
        "missing_traces": list(story.missing),
        "faults": [asdict(one.ref) for one in story.faults],
        "unfinished": [asdict(one.ref) for one in story.unfinished],
        "trees": [_of_node(tree) for tree in story.trees],
    }


def _of_node(node: Node) -> dict[str, Any]:
    return {
        **asdict(node.segment),
        "other_stories": node.others,
        "below": [_of_node(one) for one in node.below],
    }


def _lines(story: CorrelatedTrace) -> Iterator[Text]:
    yield from (Text(printable(line)) for line in _headline(story))
    start, total_ms = story.trees[0].segment.start, _total_ms(story)
    for tree in story.trees:
        yield from draw(_row(tree, start, total_ms))
    yield from (Text(printable(remark), Tone.BAD.value) for remark in _remarks(story))


def _headline(story: CorrelatedTrace) -> tuple[str, str]:
    """Returns subject, duration and connection of a trace in two lines."""
    segments = list(_all(story.trees))
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


def _remarks(story: CorrelatedTrace) -> Iterator[str]:
    """Yields a line for each problem of the story."""
    for one in story.unconnected:
        yield f"not connected: {_describe(one)} of trace {one.ref.trace_id}"
    for trace_id in story.missing:
        yield (
            f"missing: trace {trace_id}, to which others link: it was not sampled, has not arrived "
            "yet, or is older than X-Ray keeps"
        )
    for one in story.faults:
        yield f"fault: {_describe(one)} of trace {one.ref.trace_id}"
    for one in story.unfinished:
        yield f"no end: {_describe(one)} of trace {one.ref.trace_id} is running, or was killed"


def _describe(segment: Segment) -> str:
    """Returns a short name of a segment."""
    if segment.http.get("method"):
        path = segment.http.get("url", "").partition("://")[2].partition("/")[2]
        what = f"{segment.http['method']} /{path} ({segment.name})"
    elif segment.origin in _OF_LAMBDA:
        what = f"{segment.name} ({_OF_LAMBDA[segment.origin]})"
    else:
        called = [segment.aws[name] for name in _CALLED if name in segment.aws]
        what = " ".join([segment.name.removeprefix("## "), *called])
    event_id = segment.annotations.get("event_id")
    what += f" of event {event_id[:ID_CHARACTERS]}" if event_id else ""
    status = segment.http.get("status", "")
    shown = [status] if status and (segment.http.get("method") or segment.aws) else []
    flags = [name for name in ("fault", "error", "throttle") if getattr(segment, name)]
    return ", ".join([what, *shown, *flags, *filter(None, segment.failures)])


def _row(node: Node, start: float, total_ms: float) -> Row:
    node = _of_function(node)
    segment = node.segment
    at_ms = (segment.start - start) * 1_000
    duration_ms = 0.0 if segment.end is None else (segment.end - segment.start) * 1_000
    took = "   no end" if segment.end is None else f"{duration_ms:6.0f} ms"
    begin = min(_place(at_ms, total_ms), BAR_CHARACTERS - 1)
    end = max(_place(at_ms + duration_ms, total_ms), begin + 1)
    bar = ("·" * begin + "█" * (end - begin)).ljust(BAR_CHARACTERS, "·")
    others = f", and {node.others} of other stories in the batch" if node.others else ""
    tone = _tone(segment)
    return Row(
        ((f"{at_ms:8.0f} ms {took}  ", "dim"), (bar, tone.value), ("  ", "dim")),
        _describe(segment) + others,
        tone,
        tuple(_row(child, start, total_ms) for child in node.below),
    )


def _of_function(node: Node) -> Node:
    """Returns the segment to show of an invocation: Lambda sends two with the same content."""
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
        return Tone.EVENT
    return Tone.PART if segment.is_subsegment else Tone.REQUEST


def _total_ms(story: CorrelatedTrace) -> float:
    segments = list(_all(story.trees))
    end = max(one.start if one.end is None else one.end for one in segments)
    return (end - segments[0].start) * 1_000


def _all(nodes: Sequence[Node]) -> Iterator[Segment]:
    for node in nodes:
        yield node.segment
        yield from _all(node.below)
