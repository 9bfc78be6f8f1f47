"""Trace ids: W3C's traceparent in the envelope, AWS's trace header on the wire."""

import re
from typing import Any, Final

from trunkline.effects import Effects
from trunkline.settings import xray_header

_TRACEPARENT: Final = re.compile(
    r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
)
"""Ids that consist of zeros are invalid (W3C Trace Context, section 3.2.2)."""

_LATER: Final = re.compile(
    rf"(?!00|ff)[0-9a-f]{{2}}({_TRACEPARENT.pattern[2:]})(?:-.*)?", re.DOTALL
)
"""A later version: its first four fields, then any others (section 4, versioning)."""

_ROOT: Final = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_SPAN: Final = re.compile(r"[0-9a-f]{16}")


def is_traceparent(text: str) -> bool:
    """True if the string is a traceparent of version 00 (W3C Trace Context, section 3.2)."""
    return _TRACEPARENT.fullmatch(text) is not None


def in_version_00(text: str) -> str | None:
    """Returns the traceparent in version 00 and lower case; None if it is invalid.

    Later versions keep their first four fields and the sampled flag, as W3C requires.
    """
    lowered = text.lower()
    if is_traceparent(lowered):
        return lowered
    later = _LATER.fullmatch(lowered)
    if later is None:
        return None
    _, trace, span, flags = later.groups()
    return f"00-{trace}-{span}-{int(flags, 16) & 1:02x}"


def traceparent_of(xray_header: str) -> str | None:
    """Returns the traceparent of `Root=…;Parent=…;Sampled=…`, or None if it is invalid."""
    fields = fields_in(xray_header)
    root = _ROOT.fullmatch(fields.get("Root", ""))
    if root is None:
        return None
    parent = fields.get("Parent", "")
    # A trace that starts at the function has no parent segment yet; the parent's id is derived
    # from the trace id, so that the same trace always gives the same traceparent.
    span = parent if _SPAN.fullmatch(parent) else root.group(2)[:16]
    sampled = "01" if fields.get("Sampled") == "1" else "00"
    traceparent = f"00-{root.group(1)}{root.group(2)}-{span}-{sampled}"
    return traceparent if is_traceparent(traceparent) else None


def xray_header_of(traceparent: str) -> str:
    """Returns the X-Ray header of the same trace (PutEvents' TraceHeader)."""
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None:
        raise ValueError(f"not a traceparent: {traceparent!r}")
    _, span, flags = match.groups()
    sampled = int(flags, 16) & 1
    return f"Root={xray_trace_id(traceparent)};Parent={span};Sampled={sampled}"


def fields_in(xray_header: str) -> dict[str, str]:
    """Returns the fields of `Root=…;Parent=…;Sampled=…` in any order, without invalid parts."""
    return dict(part.split("=", 1) for part in xray_header.split(";") if "=" in part)


def xray_trace_id(traceparent: str) -> str:
    """Returns the trace id in X-Ray's format: `1-<8 hex>-<24 hex>`."""
    trace = traceparent.split("-")[1]
    return f"1-{trace[:8]}-{trace[8:]}"


def link_to(traceparent: str) -> dict[str, Any]:
    """Returns a segment's link to the one in the traceparent, as Lambda writes it for SQS."""
    return {
        "trace_id": xray_trace_id(traceparent),
        "id": traceparent.split("-")[2],
        "attributes": {"aws.xray.reserved.reference_type": "parent"},
    }


def own_traceparent(effects: Effects) -> str:
    """Returns the traceparent of the current invocation, or a new root if it has none."""
    return traceparent_of(xray_header()) or new_traceparent(effects)


def new_traceparent(effects: Effects) -> str:
    """Returns a new root.

    X-Ray reads the first eight digits of a trace id as its start in epoch seconds.
    """
    start = f"{int(effects.now().timestamp()):08x}"
    return f"00-{start}{effects.random_hex(24)}-{effects.random_hex(16)}-01"
