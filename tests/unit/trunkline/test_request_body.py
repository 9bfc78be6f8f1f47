"""A request's body has one reading, or it is answered 400 with what is wrong."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.answers import answer_to
from trunkline.bounds import BODY_FAULTS_MAX
from trunkline.request_body import InvalidBodyError, body_in, json_in

SECRET = "ada@example.com"  # noqa: S105  # stands for what a client sent

BODIES: dict[str, tuple[dict[str, Any], bytes]] = {
    "text": ({"body": "Zoë"}, "Zoë".encode()),
    "text, told so": ({"body": "{}", "isBase64Encoded": False}, b"{}"),
    "base64": ({"body": b64encode(b"\xff\x00").decode(), "isBase64Encoded": True}, b"\xff\x00"),
    "no body": ({}, b""),
    "null": ({"body": None}, b""),
    "an empty one": ({"body": "", "isBase64Encoded": True}, b""),
    "half a surrogate pair": ({"body": "\ud800"}, b"\xed\xa0\x80"),
}

NO_BASE64 = ["abcde", "ä", "a b=", "====", "YQ", "YQ==\n", "Y-_="]

NO_JSON: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "The body is not JSON"),
    "half an object": (b'{"a": 1', "The body is not JSON"),
    "two values": (b"{}{}", "The body is not JSON"),
    "NaN": (b'{"a": NaN}', "The body is not JSON"),
    "beyond a double": (b'{"a": 1e400}', "The body is not JSON"),
    "endless": (b'{"a": -Infinity}', "The body is not JSON"),
    "half a surrogate pair": (b'{"a": "\\ud83d"}', "The body is not JSON"),
    "hostile nesting": (b"[" * 200_000, "The body is not JSON"),
    "more digits than Python reads": (b"9" * 5_000, "The body is not JSON"),
    "Latin-1": ('{"name": "Zoë"}'.encode("latin-1"), "The body is not UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), "The body is not UTF-8"),
    "a cut character": (b'{"a": "\xf0\x9f\x9a"}', "The body is not UTF-8"),
    "an overlong slash": (b'"\xc0\xaf"', "The body is not UTF-8"),
    "a surrogate in UTF-8": (b'"\xed\xa0\x80"', "The body is not UTF-8"),
    "what a gateway put there": ('{"name": "Zo\ufffd"}'.encode(), "The body was not UTF-8"),
}

DOUBLED: dict[str, tuple[str, list[str]]] = {
    "on top": ('{"a": 1, "a": 2}', ["a"]),
    "the same value": ('{"a": 1, "a": 1}', ["a"]),
    "three times": ('{"a": 1, "a": 2, "a": 3}', ["a"]),
    "two keys": ('{"a": 1, "b": 1, "b": 2, "a": 2}', ["b", "a"]),
    "in an object": ('{"a": {"b": {"c": 1, "c": 2}}}', ["a.b.c"]),
    "in an array": ('{"a": [{}, {"b": 1, "b": 2}]}', ["a.1.b"]),
    "at several places": ('[{"a": 1, "a": 2}, {"b": {"c": 1, "c": 2}}]', ["0.a", "1.b.c"]),
    "in what is doubled": ('{"a": {"b": 1, "b": 2}, "a": {"c": 1, "c": 2}}', ["a", "a.c"]),
    "in what is overwritten": ('{"a": {"b": 1, "b": 2}, "a": 1}', ["a"]),
    "written differently": (r'{"a": 1, "\u0061": 2}', ["a"]),
    "a key that may be personal": (f'{{"{SECRET}": {{"a": 1, "a": 2}}}}', ["*.a"]),
    "an empty key": ('{"": 1, "": 2}', ["*"]),
}


@pytest.mark.parametrize(("event", "body"), BODIES.values(), ids=BODIES.keys())
def test_a_body_is_the_bytes_that_were_sent(event: dict[str, Any], body: bytes) -> None:
    """Whether the gateway hands it over as text or as base64."""
    assert body_in(event) == body


@pytest.mark.parametrize("text", NO_BASE64)
def test_a_body_that_should_be_base64_and_is_not_is_refused(text: str) -> None:
    """Nothing of it is left out silently."""
    with pytest.raises(InvalidBodyError, match="not base64"):
        body_in({"body": text, "isBase64Encoded": True})


@pytest.mark.parametrize(("body", "problem"), NO_JSON.values(), ids=NO_JSON.keys())
def test_a_body_that_is_not_json_in_utf8_is_refused(body: bytes, problem: str) -> None:
    """No byte is replaced, and the refusal quotes none."""
    with pytest.raises(InvalidBodyError) as caught:
        json_in(body)

    (fault,) = caught.value.faults
    assert fault.field == ""
    assert fault.problem.startswith(problem)


@pytest.mark.parametrize(("text", "paths"), DOUBLED.values(), ids=DOUBLED.keys())
def test_a_key_that_appears_twice_is_named_by_its_path(text: str, paths: list[str]) -> None:
    """Readers differ in which value they take: JavaScript the last, some the first."""
    with pytest.raises(InvalidBodyError) as caught:
        json_in(text.encode())

    assert [fault.field for fault in caught.value.faults] == paths
    assert {fault.problem for fault in caught.value.faults} == {"The key appears more than once"}


@pytest.mark.parametrize(
    "text",
    [
        "{" + '"a": 1, "a": 2, ' * 50_000 + '"b": 1}',
        "{" + ", ".join(f'"k{n}": 1, "k{n}": 2' for n in range(20_000)) + "}",
        "[" + ", ".join(['{"a": 1, "a": 2}'] * 20_000) + "]",
        '{"a":' * 900 + '{"b": 1, "b": 2}' + "}" * 900,
    ],
    ids=["one key", "many keys", "many objects", "deep inside"],
)
def test_a_hostile_body_gets_a_short_answer(text: str) -> None:
    """Neither time nor the answer grows with what was doubled."""
    with pytest.raises(InvalidBodyError) as caught:
        json_in(text.encode())

    assert 1 <= len(caught.value.faults) <= BODY_FAULTS_MAX


def test_u_fffd_that_is_meant_is_taken_as_an_escape() -> None:
    """A client that writes of the character itself can say so."""
    assert json_in(rb'{"text": "\ufffd"}') == {"text": "\ufffd"}


def test_an_invalid_body_is_answered_400_without_a_value() -> None:
    """By `Producer.handler`, for every API."""
    with pytest.raises(InvalidBodyError) as caught:
        json_in(f'{{"email": "{SECRET}", "email": "{SECRET}"}}'.encode())

    answer = answer_to(caught.value)
    assert answer is not None
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"]) == {
        "error": "invalid_body",
        "faults": [{"field": "email", "problem": "The key appears more than once"}],
    }
    assert SECRET not in str(caught.value)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)


@given(values)
def test_any_other_json_is_read_as_it_is(value: Any) -> None:
    """In UTF-8 or escaped."""
    assert json_in(json.dumps(value).encode()) == value
    assert (
        "\ufffd" in str(value) or json_in(json.dumps(value, ensure_ascii=False).encode()) == value
    )
