"""Tells segment documents of X-Ray from anything else that a datagram may hold.

The format is that of "X-Ray segment documents" in AWS's developer guide, as far as what reads the
store relies on it. Any user of the machine can send a datagram.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from trunklab.local.local_limits import TRACE_DEPTH_MAX, TRACE_NAME_CHARACTERS_MAX

SECONDS_MAX: Final = 1e11
"""Seconds since 1970 that a time may name: some 3,000 years."""

_HEADER: Final = {"format": "json", "version": 1}


_Moment = Annotated[float, Meta(ge=0, le=SECONDS_MAX)]


class _Part(Struct):
    annotations: dict[str, str | bool | int | float] | None = None
    subsegments: list["_Part"] | None = None
    http: dict[str, Any] | None = None
    links: list[dict[str, Any]] | None = None


class _Segment(_Part, kw_only=True):
    name: Annotated[str, Meta(max_length=TRACE_NAME_CHARACTERS_MAX)]
    id: Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")]
    trace_id: Annotated[str, Meta(pattern=r"\A1-[0-9a-f]{8}-[0-9a-f]{24}\Z")]
    start_time: _Moment
    end_time: _Moment | None = None


def segment_of(datagram: bytes) -> bytes | None:
    """Returns the document of a datagram; None if header or document are malformed."""
    header, _, document = datagram.partition(b"\n")
    try:
        if msgspec.json.decode(header) != _HEADER:
            return None
        value = msgspec.json.decode(document)
        msgspec.convert(value, _Segment)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return document if _is_within(TRACE_DEPTH_MAX, value) else None


def _is_within(levels: int, value: Any) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_within(levels - 1, item) for item in inner)
