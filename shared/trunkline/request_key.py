"""Identity of requests: the Idempotency-Key header and the body sent with it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trunkline.cause import Cause
from trunkline.items import Key

HEADER: Final = "idempotency-key"
"""Header names are case-insensitive."""

KEY_CHARACTERS_MAX: Final = 255
"""Characters of a key. The draft has no limit; this is the usual one (Stripe)."""

_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")
_QUOTED: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
"""A string of RFC 8941, section 3.3.3."""


class MalformedKeyError(ValueError):
    """The Idempotency-Key header is invalid; the message does not quote it."""


@dataclass(frozen=True)
class KeyedRequest:
    """A request: `request_id` is the gateway's, `key` the client's or None.

    A repeated request must have the same `body`, byte for byte. `caller` is the authorizer's
    subject: keys of different callers are separate. Raises MalformedKeyError.
    """

    request_id: str
    key: str | None
    body: bytes
    caller: str = ""

    def __post_init__(self) -> None:
        if self.key is not None:
            _check(self.key)
        elif not self.request_id:
            # All requests without an id would make the same ids, and consumers handle an id once.
            raise ValueError("a request without a key needs its request_id")

    @property
    def fingerprint(self) -> str:
        """The hash of the body."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def mark_id(self) -> str:
        """An id that is the same for all requests of the caller with this key."""
        return _digest(self.caller, self.key)

    @property
    def cause_id(self) -> str:
        """An id that is the same for all repetitions of this request; unique without a key."""
        if self.key is None:
            return self.request_id
        return _digest(self.caller, self.key, self.fingerprint)


@dataclass(frozen=True)
class RequestCause(Cause):
    """A request as the cause of a commit.

    The mark derives from the key only, so that another body with the same key is detected. Ids
    derive from key and body (`cause_id`), so that two requests never share ids.
    """

    mark_id: str = ""

    @property
    def mark_key(self) -> Key:
        """The key of the mark for this idempotency key."""
        return f"trunkline#inbox#{self.handler}#{self.mark_id}", "mark"


def key_in(headers: Mapping[str, str]) -> str | None:
    """Returns the request's idempotency key, or None if the client sent no key.

    The header's value is a quoted string (draft-ietf-httpapi-idempotency-key-header) or the
    unquoted key; both are equal. Raises MalformedKeyError unless the key has 1 to
    KEY_CHARACTERS_MAX printable ASCII characters.
    """
    sent = next((value for name, value in headers.items() if name.lower() == HEADER), None)
    if sent is None:
        return None
    key = sent.strip(" \t")
    if key.startswith('"'):
        quoted = _QUOTED.fullmatch(key)
        if quoted is None:
            raise MalformedKeyError("it begins with a quote but is not a quoted string")
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    elif '"' in key:
        raise MalformedKeyError("it contains a quote but is not a quoted string")
    _check(key)
    return key


def _check(key: str) -> None:
    if not key:
        raise MalformedKeyError("it is empty")
    if len(key) > KEY_CHARACTERS_MAX:
        raise MalformedKeyError(f"it is longer than {KEY_CHARACTERS_MAX} characters")
    if not _PRINTABLE.fullmatch(key):
        raise MalformedKeyError("it contains characters that are not printable ASCII")


def _digest(*parts: str | None) -> str:
    # As JSON, so that different lists of parts never give the same string.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
