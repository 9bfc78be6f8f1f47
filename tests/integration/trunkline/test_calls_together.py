"""However often and wherever an event is delivered, its call is made once."""

import random

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Function, Result, Start
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.provider import refused
from tests.integration.trunkline.stage import Stage
from tests.settings import seed

TOGETHER = 8


def a_charge(event_id: str = "e-1", **data: object) -> dict[str, object]:
    """An event whose handler charges the customer."""
    return an_event(event_id, **{"act": "charge", **data})


def handled(results: list[Result]) -> int:
    """How many events these invocations handled for the first time."""
    return sum(len(result.lines("event handled")) for result in results)


def test_a_call_is_made_with_its_key_and_its_answer_used(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """The handler gets the provider's answer, and the provider a key."""
    result = caller().invoke(a_batch(a_charge(amount=7)))

    (request,) = outside.provider.requests
    assert result.failures == []
    assert request.body == {"amount": 7}
    assert len(request.key) == 36
    assert stage.thing() == {"charge": "ch-1", "n": 1}


def test_a_duplicate_gets_the_answer_without_a_call(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """A handler runs again on a duplicate: the call it makes then is none."""
    caller().invoke(a_batch(a_charge()))

    again = caller().invoke(a_batch(a_charge(), attempt=2))

    assert len(again.lines("duplicate event")) == 1
    assert len(outside.provider.requests) == 1
    assert stage.thing() == {"charge": "ch-1", "n": 1}


def test_an_event_delivered_to_eight_processes_at_once_is_charged_once(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Not even a provider that knows no keys has two effects."""
    outside.provider.honours_keys = False
    functions = [caller() for _ in range(TOGETHER)]

    results = delivered_until_done(functions, [a_charge()])

    assert len(outside.provider.requests) == 1
    assert handled(results) == 1
    assert stage.thing() == {"charge": "ch-1", "n": 1}
    assert len(stage.heard(1)) == 1


def test_many_events_shuffled_to_eight_processes_at_once_are_each_charged_once(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Batches overlap, in every order."""
    outside.provider.honours_keys = False
    functions = [caller() for _ in range(TOGETHER)]
    events = [a_charge(f"e-{index}", thing_id=f"t-{index}") for index in range(5)]

    results = delivered_until_done(functions, events)

    assert len(outside.provider.requests) == len(set(outside.provider.keys)) == 5
    assert handled(results) == 5
    assert len(stage.heard(5)) == 5


def delivered_until_done(
    functions: list[Function], events: list[dict[str, object]]
) -> list[Result]:
    """The results of deliveries to all functions at once, until none is left to deliver again."""
    chance, results, attempt = random.Random(seed()), [], 0  # noqa: S311 - an order, no secret
    failed = True
    while failed:
        attempt += 1
        assert attempt <= TOGETHER, "it is still under a lease"
        for function in functions:
            function.begin(a_batch(*chance.sample(events, len(events)), attempt=attempt))
        latest = [function.finish() for function in functions]
        failed = any(result.failures for result in latest)
        results += latest
    return results


def test_while_a_call_is_under_way_every_other_delivery_waits(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """They are told that it is under way, and get its answer when they come back."""
    first, others = caller(), [caller() for _ in range(TOGETHER - 1)]
    outside.provider.script(outside.provider.held)
    first.begin(a_batch(a_charge()))
    outside.provider.wait()

    early = [other.invoke(a_batch(a_charge())) for other in others]
    outside.provider.let_go.set()
    first.finish()
    late = [other.invoke(a_batch(a_charge(), attempt=2)) for other in others]

    errors = [line["error_type"] for result in early for line in result.lines("event failed")]
    assert errors == ["UnderLeaseError"] * len(others)
    assert [result.failures for result in late] == [[]] * len(others)
    assert len(outside.provider.requests) == 1
    assert stage.thing() == {"charge": "ch-1", "n": 1}


def test_a_handler_that_runs_again_after_a_conflict_calls_nobody_again(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Its second run, in the same invocation, gets the answer of the first."""
    outside.provider.honours_keys = False

    result = caller().invoke(a_batch(a_charge(act="charge-while-changed")))

    assert result.failures == []
    assert len(outside.provider.requests) == 1
    assert stage.thing() == {"charge": "ch-1", "n": 100}


def test_a_handler_that_fails_after_its_call_calls_nobody_again(
    caller: Start, outside: Outside
) -> None:
    """The call is done, whatever becomes of the rest."""
    function = caller()
    first = function.invoke(a_batch(a_charge(act="charge-then-raise")))

    second = function.invoke(a_batch(a_charge(act="charge-then-raise"), attempt=2))

    assert [first.failures, second.failures] == [["m-0"], ["m-0"]]
    assert len(outside.provider.requests) == 1


def test_a_call_that_failed_is_made_again_at_once_with_the_same_key(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Its lease was released: the next delivery does not wait for its end."""
    outside.provider.script(refused(503))
    function = caller()
    first = function.invoke(a_batch(a_charge()))

    second = function.invoke(a_batch(a_charge(), attempt=2))

    keys = outside.provider.keys
    assert [line["error_type"] for line in first.lines("event failed")] == ["ProviderError"]
    assert second.failures == []
    assert keys[0] == keys[1]
    assert stage.thing() == {"charge": "ch-1", "n": 1}


def test_two_calls_of_one_handler_are_two(caller: Start, stage: Stage, outside: Outside) -> None:
    """Each has its own name, and so its own key."""
    caller().invoke(a_batch(a_charge(act="charge-and-tip")))

    assert len(set(outside.provider.keys)) == 2
    assert stage.thing() == {"charges": ["ch-1", "ch-2"]}


def test_the_second_of_two_calls_fails_and_the_first_is_not_repeated(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Each call is guarded by itself."""
    provider = outside.provider
    provider.script(lambda effect: effect(), refused(503))
    function = caller()
    function.invoke(a_batch(a_charge(act="charge-and-tip")))

    again = function.invoke(a_batch(a_charge(act="charge-and-tip"), attempt=2))

    assert again.failures == []
    assert (provider.keys.count(provider.keys[0]), len(provider.keys)) == (1, 3)
    assert stage.thing() == {"charges": ["ch-1", "ch-2"]}


def test_one_name_for_two_calls_is_refused(caller: Start, outside: Outside) -> None:
    """The second would silently get the first one's answer."""
    result = caller().invoke(a_batch(a_charge(act="charge-twice")))

    (line,) = result.lines("event failed")
    assert line["error_type"] == "ValueError"
    assert [request.body for request in outside.provider.requests] == [{"amount": 1}]


def test_a_request_without_a_key_may_make_no_call(caller: Start, outside: Outside) -> None:
    """Its repetition could not be told from another request."""
    ask = {"ask": {"thing_id": "t-1", "act": "charge"}, "request_id": "r-1"}

    answer = caller("ask").invoke(ask).answer

    assert answer["error"] == "ValueError"
    assert "Idempotency-Key" in answer["message"]
    assert outside.provider.requests == []


def test_a_function_without_a_table_for_calls_makes_none(caller: Start, outside: Outside) -> None:
    """Unguarded is not the default."""
    result = caller(TRUNKLINE_CALLS_TABLE="").invoke(a_batch(a_charge()))

    (line,) = result.lines("event failed")
    assert line["error_type"] == "ConfigurationError"
    assert "TRUNKLINE_CALLS_TABLE" in line["error"]
    assert outside.provider.requests == []


def test_an_answer_that_cannot_be_kept_gives_the_event_up(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """The reason says that the call was made, and a redrive finds no lease in its way."""
    result = caller().invoke(a_batch(a_charge(act="charge-for-an-object")))

    (letter,) = stage.dead_letters(1)
    assert result.failures == []
    assert "'charge' was made" in letter["MessageAttributes"]["reason"]["StringValue"]
    assert len(outside.provider.requests) == 1
    assert outside.items() == []


@pytest.mark.parametrize("seconds", [0.5, 1.9])
def test_an_invocation_that_is_about_to_end_begins_no_call(
    caller: Start, outside: Outside, seconds: float
) -> None:
    """It could neither hear the answer nor note it."""
    result = caller().invoke(a_batch(a_charge()), seconds)

    (line,) = result.lines("event failed")
    assert line["error_type"] == "OutOfTimeError"
    assert outside.provider.requests == []
    assert outside.items() == []
