"""A provider keeps its word about idempotency keys, unless it knows none."""

from trunklab.prove.handler_run import Provider
from trunklab.testing.wire import Call


def a_call(key: str | None = "k-1") -> Call:
    """Somebody wants to be charged."""
    headers = {} if key is None else {"idempotency-key": key}
    return Call("POST /charges", {"amount": 1}, "/charges", headers, is_aws=False)


def test_a_key_has_one_effect_and_one_answer() -> None:
    """However often it comes."""
    provider = Provider()

    answers = {provider(a_call()).body for _ in range(3)}

    assert (len(provider.effects), len(answers)) == (1, 1)


def test_other_keys_have_effects_of_their_own() -> None:
    """They are other requests."""
    provider = Provider()

    answers = {provider(a_call(key)).body for key in ("k-1", "k-2")}

    assert (len(provider.effects), len(answers)) == (2, 2)


def test_a_provider_without_keys_has_an_effect_for_every_request() -> None:
    """The key is recorded and changes nothing."""
    provider = Provider(keeps_keys=False)

    for _ in range(2):
        provider(a_call())

    assert [effect["key"] for effect in provider.effects] == ["k-1", "k-1"]


def test_without_a_key_every_request_has_an_effect() -> None:
    """Nothing tells the second from the first."""
    provider = Provider()

    for _ in range(2):
        provider(a_call(key=None))

    assert [effect["key"] for effect in provider.effects] == ["", ""]
