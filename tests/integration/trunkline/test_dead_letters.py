"""What goes to the dead-letter queue at once, what is said of it there, and what just does not."""

from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, lost

DEAD: dict[str, tuple[Any, dict[str, str]]] = {
    "refused by its handler": (
        an_event(act="refuse"),
        {
            "reason": "t-1 can never be done",
            "error_type": "PermanentError",
            "handler": "do-thing",
            "event_id": "e-1",
        },
    ),
    "breaking its contract": (
        an_event(amount="one"),
        {
            "reason": "the event breaks ThingAsked of test.asks: "
            "amount: Input should be a valid integer",
            "error_type": "InvalidEventError",
            "handler": "do-thing",
            "event_id": "e-1",
        },
    ),
    "of an unknown type": (
        an_event() | {"detail-type": "ThingForgotten"},
        {
            "reason": "no handler for ThingForgotten of test.asks: "
            "declare one with @app.on(...) or narrow the rule in the template",
            "error_type": "UnknownEventError",
            "event_id": "e-1",
        },
    ),
    "of a later major": (
        an_event() | {"detail-type": "ThingAsked.v2"},
        {
            "reason": "no handler for ThingAsked.v2 of test.asks: "
            "declare one with @app.on(...) or narrow the rule in the template",
            "error_type": "UnknownEventError",
            "event_id": "e-1",
        },
    ),
    "without an envelope": (
        an_event() | {"detail": {"data": {}}},
        {
            "reason": "the envelope is invalid: detail.metadata: must be an object",
            "error_type": "InvalidEventError",
            "handler": "do-thing",
        },
    ),
    "an envelope of an unknown type, broken": (
        an_event() | {"detail-type": "ThingForgotten", "detail": {"data": {}}},
        {
            "reason": "the envelope is invalid: detail.metadata: must be an object",
            "error_type": "InvalidEventError",
        },
    ),
    "no JSON": (
        "hello",
        {
            "reason": "the message is not an event: body: is not JSON",
            "error_type": "InvalidEventError",
        },
    ),
}


@pytest.mark.parametrize(("event", "attributes"), DEAD.values(), ids=DEAD.keys())
def test_an_event_that_can_never_succeed_is_dead_lettered_now(
    start: Start, stage: Stage, event: Any, attributes: dict[str, str]
) -> None:
    """It arrives as it came, with the reason, and the message counts as done."""
    batch = a_batch(event, an_event("e-other"))

    result = start().invoke(batch)

    (letter,) = stage.dead_letters(1)
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    (line,) = result.lines("event dead-lettered")
    assert result.failures == []
    assert letter["Body"] == batch["Records"][0]["body"]
    assert told == attributes | {"rule": stage.rule}
    assert (line["reason"], line["error_type"]) == (attributes["reason"], attributes["error_type"])
    assert stage.thing() == {"n": 1}


def test_a_reason_that_sqs_would_refuse_is_made_fit(start: Start, stage: Stage) -> None:
    """A line break or an endless text in it must not keep the event from its queue."""
    result = start().invoke(a_batch(an_event(act="refuse", thing_id="\n\x00\ud83d" + "x" * 5_000)))
    lone = start().invoke(a_batch(an_event("e-2", act="refuse", thing_id="a\n\x00b" + "x" * 5_000)))

    letters = stage.dead_letters(2)
    reasons = sorted(letter["MessageAttributes"]["reason"]["StringValue"] for letter in letters)
    assert (result.failures, lone.failures) == ([], [])
    assert reasons[0].startswith("a  bxxx")
    assert len(reasons[0]) == 1_024
    assert reasons[1] == "the message is not an event: body: is not JSON"


LIMITS: dict[str, tuple[dict[str, Any], str]] = {
    "more than 100 writes": (
        {"act": "write-many", "amount": 100},
        "do-thing writes 101 items with its mark and events, the limit of a transaction is 100",
    ),
    "an item above 400 KB": (
        {"act": "write-large", "amount": 102_400, "secret": "🚚"},
        "the limit is 409600: split the item",
    ),
    "an event above 300 KB": (
        {"act": "send-large", "amount": 300_000, "secret": "x"},
        "the limit is 300000: send a reference",
    ),
    "an event above 300 KB in bytes, not in characters": (
        {"act": "send-large", "amount": 75_000, "secret": "🚚"},
        "the limit is 300000: send a reference",
    ),
    "more events than fit": (
        {"act": "send-many", "amount": 100},
        "do-thing writes 101 items with its mark and events, the limit of a transaction is 100",
    ),
    "another service's event": ({"act": "send-foreign"}, "ForeignThing belongs to test.others"),
    "an event that breaks its contract": (
        {"act": "send-broken"},
        "the handler returned a ThingDone that breaks its own contract",
    ),
    "a number that EventBridge refuses": (
        {"act": "send-beyond-64-bits"},
        "an integer beyond 64 bits",
    ),
    "a character that no queue takes": (
        {"act": "send-no-character"},
        "an invalid character",
    ),
    "a subject that no consumer takes": (
        {"act": "send-endless-subject"},
        "ThingDone cannot be sent: detail.metadata.subject: must be a string of 1 to 512",
    ),
}


@pytest.mark.parametrize(("asked", "reason"), LIMITS.values(), ids=LIMITS.keys())
def test_what_can_never_be_committed_or_sent_is_dead_lettered(
    start: Start, stage: Stage, asked: dict[str, Any], reason: str
) -> None:
    """It would fail again on every delivery; nothing of it is written."""
    result = start().invoke(a_batch(an_event(**asked)))

    (letter,) = stage.dead_letters(1)
    assert result.failures == []
    assert reason in letter["MessageAttributes"]["reason"]["StringValue"]
    assert stage.items() == {}


AT_THE_LIMIT: dict[str, dict[str, Any]] = {
    "99 writes and the mark": {"act": "write-many", "amount": 99},
    "99 events and the mark": {"act": "send-many", "amount": 99},
    "an event just below 300 KB": {"act": "send-large", "amount": 299_000, "secret": "x"},
    "an item just below 400 KB": {"act": "write-large", "amount": 102_300, "secret": "🚚"},
}


@pytest.mark.parametrize("asked", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT.keys())
def test_what_just_fits_is_committed(start: Start, stage: Stage, asked: dict[str, Any]) -> None:
    """The limits are the services' own, not ours."""
    result = start().invoke(a_batch(an_event(**asked)))

    assert len(result.lines("event handled")) == 1
    assert len(stage.marks()) == 1
    assert stage.outbox() == []


def test_an_event_stays_while_its_dead_letter_queue_is_away(start: Start, stage: Stage) -> None:
    """It is not done before it lies there: it is reported and delivered again."""
    function = start(TRUNKLINE_DLQ_URL=stage.dlq_url + "-that-nobody-made")

    result = function.invoke(a_batch(an_event(act="refuse"), "no JSON", an_event("e-2")))

    assert result.failures == ["m-0", "m-1"]
    assert "QueueDoesNotExist" in result.lines("event failed")[0]["error"]
    assert stage.thing() == {"n": 1}


def test_a_dead_letter_whose_answer_is_lost_is_sent_at_least_once(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The client tries again; the event is done once one of them lies there."""
    wire.script("SendMessage", lost)

    result = start().invoke(a_batch(an_event(act="refuse")))

    assert result.failures == []
    assert len(stage.dead_letters(1)) == 1
