"""A delivery that finds the mark calls nobody, whatever its handler would decide now."""

from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.keyed import a_request, said
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Call, Forward, Reply, Wire


def in_stock(stage: Stage, count: int) -> None:
    """Somebody sets what is there."""
    item = {"pk": {"S": "thing#t-1"}, "sk": {"S": "thing"}, "n": {"N": str(count)}}
    stage.put({**item, "_version": {"S": f"version-{count}"}})


def texts(stage: Stage, count: int) -> list[str]:
    """What the events say that were heard."""
    return [event["detail"]["data"]["text"] for event in stage.heard(count)]


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_duplicate_that_would_decide_otherwise_makes_no_call(
    caller: Start, stage: Stage, outside: Outside, attempt: int
) -> None:
    """The order was declined; since then there is enough for it."""
    caller().invoke(a_batch(an_event(act="charge-if-there", amount=5)))
    in_stock(stage, 10)

    again = caller().invoke(a_batch(an_event(act="charge-if-there", amount=5), attempt=attempt))

    assert again.failures == []
    assert len(again.lines("duplicate event")) == 1
    assert outside.provider.requests == []
    assert texts(stage, 1) == ["declined"]


def test_a_duplicate_that_made_no_call_leaves_no_lease(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Nobody has to wait for it."""
    caller().invoke(a_batch(an_event(act="charge-if-there", amount=5)))
    in_stock(stage, 10)
    caller().invoke(a_batch(an_event(act="charge-if-there", amount=5)))

    assert outside.dynamodb.scan(TableName=outside.table)["Items"] == []


def test_a_repeated_request_that_would_decide_otherwise_makes_no_call(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Its client was told, and is told again, what was decided first."""
    first = caller("answer").invoke(a_request("charge-if-there", amount=5))
    in_stock(stage, 10)

    again = caller("answer").invoke(a_request("charge-if-there", request_id="r-2", amount=5))

    assert again.answer == first.answer
    assert outside.provider.requests == []


def test_another_body_under_a_key_makes_no_call(caller: Start, outside: Outside) -> None:
    """It is refused, and nobody is charged for it."""
    first = caller("answer").invoke(a_request("charge", amount=1))

    other = caller("answer").invoke(a_request("charge", amount=1, secret="other blanks"))  # noqa: S106 - data

    assert (said(first)[0], said(other)[0]) == (201, 422)
    assert len(outside.provider.charged) == 1


def test_a_handler_that_goes_on_without_the_answer_of_its_call_is_not_committed(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Another delivery is charging right now: to decline meanwhile would be a second decision."""
    outside.provider.script(outside.provider.held)
    slow = caller()
    slow.begin(a_batch(an_event(act="charge-or-decline")), seconds=30)
    outside.provider.wait()

    duplicate = caller().invoke(a_batch(an_event(act="charge-or-decline")))
    outside.provider.let_go.set()
    first = slow.finish()

    assert duplicate.failures == ["m-0"]
    assert first.failures == []
    assert texts(stage, 1) == ["charged"]


def test_a_run_that_drops_the_call_of_the_run_before_is_given_up(
    caller: Start, stage: Stage, outside: Outside, wire: Wire
) -> None:
    """The card is charged and nothing would say so: somebody has to look at it."""
    in_stock(stage, 10)

    def taken(_call: Call, forward: Forward) -> Reply:
        in_stock(stage, 0)
        return forward()

    wire.script("TransactWriteItems", taken)
    event: dict[str, Any] = an_event(act="charge-if-there", amount=5)

    result = caller().invoke(a_batch(event, attempt=2))

    (letter,) = stage.dead_letters(1)
    assert result.failures == []
    assert "made the calls ['charge']" in letter["MessageAttributes"]["reason"]["StringValue"]
    assert len(outside.provider.charged) == 1
    assert stage.marks() == []
