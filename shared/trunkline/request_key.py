"""Which requests are the same one: the Idempotency-Key header, and what is sent under it."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trunkline.cause import Cause
from trunkline.items import Key

HEADER: Final = "idempotency-key"
"""Names of headers are told apart without regard to case."""

KEY_CHARACTERS_MAX: Final = 255
"""Characters of a key. The draft names no limit; this is the one that others take (Stripe)."""

_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")
_QUOTED: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
"""A string of RFC 8941, section 3.3.3."""


class MalformedKeyError(ValueError):
    """The Idempotency-Key header holds no key; the message says what is wrong, not what it is."""


@dataclass(frozen=True)
class KeyedRequest:
    """One request: `request_id` is the gateway's own, `key` the client's, None where it sent none.

    `body` is what must be the same in a repetition, byte for byte. `caller` is who sends it, as an
    authorizer says: the keys of two callers never meet. Raises MalformedKeyError.
    """

    request_id: str
    key: str | None
    body: bytes
    caller: str = ""

    def __post_init__(self) -> None:
        if self.key is not None:
            _check(self.key)
        elif not self.request_id:
            # All requests without an id would make the same ids, and consumers take one of them.
            raise ValueError("a request without a key needs its request_id")

    @property
    def fingerprint(self) -> str:
        """What tells the body from any other."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def mark_id(self) -> str:
        """The same for all requests of the caller under this key."""
        return _digest(self.caller, self.key)

    @property
    def cause_id(self) -> str:
        """The same for all repetitions of this very request; without a key there are none."""
        if self.key is None:
            return self.request_id
        return _digest(self.caller, self.key, self.fingerprint)


@dataclass(frozen=True)
class RequestCause(Cause):
    """A request as the cause of a commit.

    Its key alone makes the mark, so that another body under it is seen. What it makes derives from
    key and body (`cause_id`): nothing of one request is ever taken for another's.
    """

    mark_id: str = ""

    @property
    def mark_key(self) -> Key:
        """Where the mark of everything under this key lies."""
        return f"trunkline#inbox#{self.handler}#{self.mark_id}", "mark"


def key_in(headers: Mapping[str, str]) -> str | None:
    """The request's idempotency key, or None where the client sent none.

    The header's value is a string in quotes, as draft-ietf-httpapi-idempotency-key-header asks, or
    the key as it is: both say the same. Raises MalformedKeyError for anything else than 1 to
    KEY_CHARACTERS_MAX printable ASCII characters.
    """
    sent = next((value for name, value in headers.items() if name.lower() == HEADER), None)
    if sent is None:
        return None
    key = sent.strip(" \t")
    if key.startswith('"'):
        quoted = _QUOTED.fullmatch(key)
        if quoted is None:
            raise MalformedKeyError("it begins with a quote and is no string in quotes")
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    elif '"' in key:
        raise MalformedKeyError("it holds a quote and is no string in quotes")
    _check(key)
    return key


def _check(key: str) -> None:
    if not key:
        raise MalformedKeyError("it is empty")
    if len(key) > KEY_CHARACTERS_MAX:
        raise MalformedKeyError(f"it is longer than {KEY_CHARACTERS_MAX} characters")
    if not _PRINTABLE.fullmatch(key):
        raise MalformedKeyError("it holds characters that are no printable ASCII")


def _digest(*parts: str | None) -> str:
    # As JSON, so that no two lists of parts are written alike.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
