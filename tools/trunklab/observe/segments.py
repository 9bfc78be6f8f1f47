"""What X-Ray's documents say: each segment and subsegment on its own, naming its parent."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

DEPTH_MAX: Final = 100
"""Subsegments below each other in one document; deeper ones are left out."""


@dataclass(frozen=True)
class Ref:
    """Names one segment of one trace."""

    trace_id: str
    segment_id: str


@dataclass(frozen=True)
class Segment:
    """One timed part of a trace; times are epoch seconds, `end` is None while it is in progress.

    `failures` names the exceptions or refusals, `aws` is what a call spoke to.
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

    @property
    def duration_ms(self) -> float | None:
        """How long it took."""
        return None if self.end is None else (self.end - self.start) * 1_000


def read_segments(trace_id: str, documents: list[str]) -> list[Segment]:
    """Return every segment of the documents of a trace; what cannot be read is left out.

    Left out as well is what X-Ray infers: the far side of an AWS call, which says nothing that
    the call's own subsegment does not say.
    """
    found: list[Segment] = []
    for text in documents:
        try:
            document = json.loads(text)
        except ValueError:
            continue
        if isinstance(document, dict) and not document.get("inferred"):
            found += _flattened(trace_id, document, None, 0)
    return found


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
    return Segment(
        ref=Ref(trace_id, str(document["id"])),
        parent=Ref(trace_id, str(parent)) if parent else None,
        links=tuple(
            dict.fromkeys(Ref(str(link["trace_id"]), str(link["id"])) for link in _links(document))
        ),
        name=str(document["name"]),
        origin=str(document.get("origin", "")),
        start=float(document["start_time"]),
        end=None if end is None else float(end),
        fault=bool(document.get("fault")),
        error=bool(document.get("error")),
        throttle=bool(document.get("throttle")),
        failures=tuple(
            str(one.get("type", "")) for one in _cause(document).get("exceptions") or ()
        ),
        annotations=_texts(document.get("annotations")),
        aws=_texts(document.get("aws")),
        http=_texts(http.get("request")) | _texts(http.get("response")),
        is_subsegment=above is not None or document.get("type") == "subsegment",
    )


def _links(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield X-Ray's links, and those that the runtime keeps beside them in case X-Ray does not."""
    yield from document.get("links") or ()
    own = (document.get("metadata") or {}).get("trunkline") or {}
    yield from own.get("links") or ()


def _cause(document: dict[str, Any]) -> dict[str, Any]:
    cause = document.get("cause")
    return cause if isinstance(cause, dict) else {}  # it may be the id of an exception elsewhere


def _texts(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    return {str(name): str(value) for name, value in found.items() if isinstance(value, str | int)}
