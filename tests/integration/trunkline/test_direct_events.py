"""A rule may have the function itself as its target."""

import json

from tests.integration.trunkline.asked import an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, refused


def test_a_direct_event_is_handled_once(start: Start, stage: Stage) -> None:
    """The same handler, the same mark: Lambda may deliver it again."""
    function = start()

    answers = [function.invoke(an_event()).answer for _ in range(2)]

    assert answers == [{"answer": {}}] * 2
    assert stage.thing() == {"n": 1}
    assert len(stage.heard(1)) == 1


def test_a_direct_event_and_a_queued_one_have_one_effect(start: Start, stage: Stage) -> None:
    """A function that moves behind a queue handles nothing twice."""
    function = start()
    function.invoke(an_event())

    again = function.invoke({"Records": [_record(an_event())]})

    assert len(again.lines("duplicate event")) == 1
    assert stage.thing() == {"n": 1}


def test_a_direct_event_that_fails_fails_the_invocation(start: Start, stage: Stage) -> None:
    """Lambda invokes the function again, and nothing of the exception leaves it but its type."""
    result = start().invoke(an_event(act="raise", secret="ada@example.com"))  # noqa: S106 - data

    (line,) = result.lines("event failed")
    assert result.answer["error"] == "RetryableError"
    assert "ada@" not in json.dumps(result.answer)
    assert line["error_type"] == "RuntimeError"
    assert stage.items() == {}


def test_a_direct_event_that_can_never_succeed_is_given_up(start: Start, stage: Stage) -> None:
    """With its reason, in the dead-letter queue; the invocation succeeds."""
    result = start().invoke(an_event(act="refuse"))

    (letter,) = stage.dead_letters(1)
    assert result.answer == {"answer": {}}
    assert json.loads(letter["Body"])["detail"]["metadata"]["event_id"] == "e-1"
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "t-1 can never be done"


def test_a_direct_event_stays_while_its_dead_letter_queue_is_away(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """What cannot be given up with its reason is tried again."""
    wire.always("SendMessage", refused("AccessDenied"))

    result = start().invoke(an_event(act="refuse"))

    assert result.answer["error"] == "RetryableError"
    assert stage.items() == {}


def test_a_broken_direct_event_is_given_up(start: Start, stage: Stage) -> None:
    """It would be broken every time."""
    event = an_event()
    del event["detail"]["metadata"]

    result = start().invoke(event)

    (letter,) = stage.dead_letters(1)
    assert result.answer == {"answer": {}}
    assert letter["MessageAttributes"]["error_type"]["StringValue"] == "InvalidEventError"


def _record(event: dict[str, object]) -> dict[str, object]:
    return {
        "messageId": "m-0",
        "body": json.dumps(event),
        "attributes": {},
        "eventSource": "aws:sqs",
    }
