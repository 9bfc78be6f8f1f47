"""Which requests are taken for the same one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.request_key import (
    KEY_CHARACTERS_MAX,
    KeyedRequest,
    MalformedKeyError,
    RequestCause,
    key_in,
)

PRINTABLE = string.printable.strip().replace('"', "")

GOOD = {
    "bare": ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
    "in quotes": ('"8e03978e"', "8e03978e"),
    "one character": ("k", "k"),
    "the longest": ("k" * KEY_CHARACTERS_MAX, "k" * KEY_CHARACTERS_MAX),
    "the longest in quotes": (f'"{"k" * KEY_CHARACTERS_MAX}"', "k" * KEY_CHARACTERS_MAX),
    "the longest with escapes": ('"' + r"\"" * KEY_CHARACTERS_MAX + '"', '"' * KEY_CHARACTERS_MAX),
    "blanks around it": (" \t k \t", "k"),
    "blanks around the quotes": (' "k" ', "k"),
    "blanks in it": ("a b", "a b"),
    "blanks inside the quotes": ('" k "', " k "),
    "an escaped quote": (r'"a\"b"', 'a"b'),
    "an escaped backslash": (r'"a\\b"', r"a\b"),
    "a backslash within": (r"a\b", r"a\b"),
    "what separates a mark's key": ("a#b", "a#b"),
    "all that can be printed but a quote": (PRINTABLE, PRINTABLE),
    "the ends of the range": ("! ~", "! ~"),
}

MALFORMED = {
    "nothing": "",
    "a blank": " ",
    "a tab": "\t",
    "nothing in quotes": '""',
    "one too long": "k" * (KEY_CHARACTERS_MAX + 1),
    "one too long in quotes": f'"{"k" * (KEY_CHARACTERS_MAX + 1)}"',
    "far too long": "k" * 100_000,
    "a quote alone": '"',
    "quotes that do not end": '"key',
    "quotes that do not begin": 'key"',
    "a quote within": 'a"b',
    "quotes that end twice": '"key""',
    "two strings": '"a","b"',
    "a string with a parameter": '"a";b=1',
    "something behind the quotes": '"a" b',
    "an escape of a letter": r'"a\nb"',
    "an escape without an end": '"a\\"',
    "endless escapes": '"' + "\\" * 99_999,
    "a tab within": "a\tb",
    "a line break within": "a\nb",
    "a line break at its end": "a\n",
    "NUL": "\x00",
    "DEL": "a\x7f",
    "a letter beyond ASCII": "clé",
    "a letter beyond ASCII in quotes": '"clé"',
    "a blank of another kind": "a\u00a0b",
    "a digit of another script": "٣",
    "an emoji": "🔑",
    "half a surrogate pair": "\ud83d",
}


@pytest.mark.parametrize(("sent", "key"), GOOD.values(), ids=GOOD.keys())
def test_a_key_is_read_with_and_without_quotes(sent: str, key: str) -> None:
    """Clients send it bare, the IETF's draft asks for a quoted string: both say the same."""
    assert key_in({"idempotency-key": sent}) == key


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_key_is_refused_and_not_quoted(sent: str) -> None:
    """Taken for no key at all, the client would believe itself safe from a second effect."""
    with pytest.raises(MalformedKeyError) as caught:
        key_in({"idempotency-key": sent})

    assert len(str(caught.value)) < 100
    assert str(caught.value).isascii()


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255))
def test_every_printable_key_survives_its_quotes(key: str) -> None:
    """Whatever a client's library writes as a structured string is the key that it was given."""
    quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert key_in({"idempotency-key": quoted}) == key


@given(st.text(max_size=300))
def test_whatever_is_sent_is_a_good_key_or_refused(sent: str) -> None:
    """Nothing else comes out of the header."""
    try:
        key = key_in({"idempotency-key": sent})
    except MalformedKeyError:
        return
    assert key
    assert len(key) <= KEY_CHARACTERS_MAX
    assert key.isascii()
    assert key.isprintable()


@pytest.mark.parametrize("name", ["idempotency-key", "Idempotency-Key", "IDEMPOTENCY-KEY"])
def test_the_header_is_found_in_any_case(name: str) -> None:
    """HTTP tells names of headers apart without regard to case."""
    assert key_in({"host": "h", name: "k"}) == "k"


@pytest.mark.parametrize("headers", [{}, {"host": "k"}, {"x-idempotency-key": "k"}])
def test_a_request_without_the_header_has_no_key(headers: dict[str, str]) -> None:
    """Another header is not taken for it."""
    assert key_in(headers) is None


@pytest.mark.parametrize("key", ["", "k" * 256, "a\n", "clé"])
def test_no_request_is_made_with_a_malformed_key(key: str) -> None:
    """Wherever the key came from: an empty one would be everybody's."""
    with pytest.raises(MalformedKeyError):
        KeyedRequest("r-1", key, b"")


def test_a_request_without_key_and_id_is_refused() -> None:
    """All such requests would make the same ids, and consumers would take the first of them."""
    with pytest.raises(ValueError, match="needs its request_id"):
        KeyedRequest("", None, b"{}")


def test_a_request_without_a_key_is_its_own() -> None:
    """The gateway's id never comes again, even if the same is sent."""
    first, second = KeyedRequest("r-1", None, b"x"), KeyedRequest("r-2", None, b"x")

    assert (first.cause_id, second.cause_id) == ("r-1", "r-2")


def test_a_repetition_is_the_same_whatever_the_gateway_calls_it() -> None:
    """Same caller, same key, same body."""
    first, second = KeyedRequest("r-1", "k", b"x"), KeyedRequest("r-2", "k", b"x")

    assert first.cause_id == second.cause_id
    assert first.mark_id == second.mark_id
    assert first.fingerprint == second.fingerprint


def test_another_body_under_a_key_meets_its_mark_and_makes_nothing_alike() -> None:
    """So it is refused, and ids or external calls of the one never pass for the other's."""
    first, second = KeyedRequest("r-1", "k", b"x"), KeyedRequest("r-1", "k", b"y")

    assert first.mark_id == second.mark_id
    assert first.cause_id != second.cause_id
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    ("first", "second"),
    [(b"{}", b"{ }"), (b'{"a":1}', b'{"a":1.0}'), (b"", b" "), (b"\xff", b"\xfe")],
)
def test_bodies_differ_by_every_byte(first: bytes, second: bytes) -> None:
    """What two JSON texts have in common is not this library's to say."""
    assert KeyedRequest("r", "k", first).fingerprint != KeyedRequest("r", "k", second).fingerprint


def test_callers_keys_never_meet() -> None:
    """However key and caller are cut."""
    pairs = [("k", ""), ("k", "a"), ("k", "b"), ("ak", ""), ("a", "k"), ('k","a', "")]
    requests = [KeyedRequest("r", key, b"x", caller) for key, caller in pairs]

    assert len({request.mark_id for request in requests}) == len(pairs)
    assert len({request.cause_id for request in requests}) == len(pairs)


def test_a_mark_holds_no_key_in_the_clear_and_stays_where_it_is() -> None:
    """A repetition after a deployment must find the mark of the first request."""
    request = KeyedRequest("r-1", "k", b"x")
    cause = RequestCause("place", request.cause_id, "c", "t", None, mark_id=request.mark_id)

    assert cause.mark_key == (
        "trunkline#inbox#place#15654124036eb99b3fedeeefaa83e1d455b1d136f2d35ad278b052f195227899",
        "mark",
    )
