"""A provider keeps its word about idempotency keys, unless it knows none."""

from trunklab.prove.provider import Outside
from trunklab.testing.wire import Call


def a_call(key: str | None = "k-1") -> Call:
    """Somebody wants to be charged."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return Call("POST /charges", {"amount": 1}, "/charges", headers, is_aws=False)


def test_a_key_has_one_effect_and_one_answer() -> None:
    """However often it comes."""
    outside = Outside()

    answers = {outside(a_call()).body for _ in range(3)}

    assert (len(outside.effects), len(answers), outside.asked) == (1, 1, 3)


def test_other_keys_have_effects_of_their_own() -> None:
    """They are other requests."""
    outside = Outside()

    answers = {outside(a_call(key)).body for key in ("k-1", "k-2")}

    assert (len(outside.effects), len(answers)) == (2, 2)


def test_a_provider_without_keys_has_an_effect_for_every_request() -> None:
    """The key is recorded and changes nothing."""
    outside = Outside(keeps_keys=False)

    for _ in range(2):
        outside(a_call())

    assert [effect["key"] for effect in outside.effects] == ["k-1", "k-1"]


def test_without_a_key_every_request_has_an_effect() -> None:
    """Nothing tells the second from the first."""
    outside = Outside()

    for _ in range(2):
        outside(a_call(key=None))

    assert [effect["key"] for effect in outside.effects] == ["", ""]
