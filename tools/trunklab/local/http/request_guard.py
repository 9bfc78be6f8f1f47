"""Tells requests that a program here sends from those a web page makes a browser send.

The platform trusts every caller, as an emulator must. A browser is the one program on this
machine that acts for strangers: by a foreign page (Origin, Sec-Fetch-Site), or by a name of the
stranger's own that points to 127.0.0.1 (Host).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1"})


def refusal(headers: Mapping[str, str]) -> str | None:
    """Return why a request is refused, or None."""
    host = headers.get("Host", "")
    if not is_local(f"//{host}"):
        return f"host {host!r} is not this machine"
    origin = headers.get("Origin")
    if origin is not None and not is_local(origin):
        return f"a page of {origin!r} may not call the local platform"
    if headers.get("Sec-Fetch-Site") == "cross-site":
        return "a page of another site may not call the local platform"
    return None


def is_local(address: str) -> bool:
    """True if a URL names this machine by a name of its own."""
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return name in _LOCAL_NAMES or name.endswith(".localhost")
