"""Calls to the outside world that a request with a key makes: each once, however it is repeated."""

from collections.abc import Callable

import pytest

from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.keyed import a_request, said
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.provider import Step, death_after, death_before
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, death_of

Death = Callable[[Callable[[], int]], Step]


def test_a_call_is_made_once_for_all_repetitions(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """The provider sees one request, the client one answer."""
    first = caller("answer").invoke(a_request("charge", request_id="r-1"))
    again = caller("answer").invoke(a_request("charge", request_id="r-2"))

    assert said(first)[0] == 201
    assert again.answer == first.answer
    assert len(outside.provider.requests) == 1
    assert stage.thing() == {"n": 1, "charge": "ch-1"}


def test_a_call_without_a_key_is_refused(caller: Start, stage: Stage, outside: Outside) -> None:
    """Nobody could tell its repetition from another call."""
    result = caller("answer").invoke(a_request("charge", key=None))

    assert said(result) == (500, {"error": "internal"})
    assert outside.provider.requests == []
    assert stage.items() == {}


def test_a_request_whose_call_another_one_makes_is_told_when_to_come_again(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """It would else make the call a second time, or hold its client up for as long as a lease."""
    outside.provider.script(outside.provider.held)
    slow = caller("answer")
    slow.begin(a_request("charge"), seconds=30)
    outside.provider.wait()

    early = caller("answer").invoke(a_request("charge"))
    outside.provider.let_go.set()
    first = slow.finish()
    late = caller("answer").invoke(a_request("charge"))

    assert said(early) == (409, {"error": "request_under_way"})
    assert 0 < int(early.answer["answer"]["headers"]["Retry-After"]) <= 40
    assert early.lines("request failed") == []
    assert said(first)[0] == 201
    assert late.answer == first.answer
    assert len(outside.provider.charged) == 1
    assert stage.thing() == {"n": 1, "charge": "ch-1"}


@pytest.mark.parametrize("death", [death_before, death_after])
def test_a_function_that_dies_in_its_call_charges_once_after_its_repetition(
    caller: Start, stage: Stage, outside: Outside, death: Death
) -> None:
    """The repetition hands the provider the same key, when the lease is over."""
    function = caller("answer")
    outside.provider.script(death(lambda: function.pid))
    with pytest.raises(EOFError):
        function.invoke(a_request("charge"))
    early = caller("answer").invoke(a_request("charge"))
    outside.end_lease()

    again = caller("answer").invoke(a_request("charge"))

    assert said(early)[0] == 409
    assert said(again)[0] == 201
    assert len(outside.provider.charged) == 1
    assert len(set(outside.provider.keys)) == 1
    assert stage.thing() == {"n": 1, "charge": "ch-1"}


def test_a_function_that_dies_after_its_call_does_not_make_it_again(
    caller: Start, stage: Stage, wire: Wire, outside: Outside
) -> None:
    """The call is done and kept; the repetition commits what it answered."""
    function = caller("answer")
    wire.script("TransactWriteItems", death_of(lambda: function.pid))
    with pytest.raises(EOFError):
        function.invoke(a_request("charge"))

    again = caller("answer").invoke(a_request("charge"))

    assert said(again)[0] == 201
    assert len(outside.provider.requests) == 1
    assert stage.thing() == {"n": 1, "charge": "ch-1"}


def test_another_body_is_never_given_what_the_call_of_the_first_answered(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """One pays little, fails, and orders much under the same key: the call is made for it anew."""
    failed = caller("answer").invoke(a_request("charge-then-raise", amount=1))

    dear = caller("answer").invoke(a_request("charge", amount=1_000))

    assert (said(failed)[0], said(dear)[0]) == (500, 201)
    assert [request.body["amount"] for request in outside.provider.requests] == [1, 1_000]
    assert stage.thing() == {"n": 1, "charge": "ch-2"}
