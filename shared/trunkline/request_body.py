"""The body of an HTTP request: its bytes, and its unambiguous JSON."""

from base64 import b64decode
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from trunkline.bounds import BODY_FAULTS_MAX
from trunkline.faults import Fault, path_of
from trunkline.strict_json import parsed

_REPLACEMENT: Final = "\ufffd"
"""Replaces bytes that are not UTF-8 if a gateway passes the body as text."""

_DOUBLED: Final = "The key appears more than once"


class InvalidBodyError(ValueError):
    """The body is not JSON in UTF-8, or has a duplicate key; `faults` quotes no value."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__(
            "; ".join(f"{fault.field or '(whole)'}: {fault.problem}" for fault in faults)
        )


def body_in(event: Mapping[str, Any]) -> bytes:
    """Returns the body of a request (payload format 2.0), empty if it is missing.

    Raises InvalidBodyError if its base64 encoding is invalid.
    """
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return bytes(body.encode(errors="surrogatepass"))
    try:
        return b64decode(body, validate=True)
    except ValueError:
        raise InvalidBodyError(Fault("", "The body is not base64")) from None


def json_in(body: bytes) -> Any:
    """Returns the value of a JSON body.

    Raises InvalidBodyError if it is not JSON in UTF-8, or if an object has a duplicate key: parsers
    differ in which value they use.
    """
    doubled: list[_Doubled] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        doubled.append(_Doubled(pairs))
        return doubled[-1]

    try:
        text = body.decode()
        value = parsed(text, object_of)
    except UnicodeDecodeError:
        raise InvalidBodyError(Fault("", "The body is not UTF-8")) from None
    except (ValueError, RecursionError):
        raise InvalidBodyError(Fault("", "The body is not JSON")) from None
    if _REPLACEMENT in text:
        problem = r"The body was not UTF-8: it has U+FFFD. Write \ufffd if you mean the character"
        raise InvalidBodyError(Fault("", problem))
    if doubled:
        raise InvalidBodyError(*_doubled_keys(value))
    return value


class _Doubled(dict[str, Any]):
    """An object with its duplicate keys."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        super().__init__()
        self.names: dict[str, None] = {}
        for name, value in pairs:
            if name in self:
                self.names[name] = None
            self[name] = value


def _doubled_keys(whole: Any) -> list[Fault]:
    faults: list[Fault] = []
    # Not recursive: the parser may allow more levels than Python's stack.
    waiting: deque[tuple[tuple[int | str, ...], Any]] = deque([((), whole)])
    while waiting and len(faults) < BODY_FAULTS_MAX:
        path, value = waiting.popleft()
        names = value.names if isinstance(value, _Doubled) else ()
        faults += [Fault(path_of((*path, name)), _DOUBLED) for name in names]
        if isinstance(value, dict | list):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((*path, part), inner) for part, inner in parts]
    return faults[:BODY_FAULTS_MAX]
