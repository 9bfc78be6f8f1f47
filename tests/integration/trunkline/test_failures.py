"""What becomes of an event that is not handled, and that its batch does not suffer for it."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.asked import QUEUE_ARN, a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, lost, refused

SECRET = "ada@example.com"  # noqa: S105  # stands for personal data


def test_a_handler_that_raises_leaves_only_its_own_message(start: Start, stage: Stage) -> None:
    """The others of the batch are done, and published."""
    events = [an_event("e-0"), an_event("e-1", act="raise", thing_id="t-2"), an_event("e-2")]

    result = start().invoke(a_batch(*events, attempt=3))

    (line,) = result.lines("event failed")
    assert result.failures == ["m-1"]
    assert (stage.thing("t-1"), stage.thing("t-2")) == ({"n": 2}, None)
    assert len(stage.heard(2)) == 2
    assert stage.dead_letters(0) == []
    assert (line["event_id"], line["error_type"], line["attempt"]) == ("e-1", "RuntimeError", 3)
    assert (line["rule"], line["queue"], line["handler"]) == (stage.rule, QUEUE_ARN, "do-thing")


def test_an_event_that_failed_is_handled_when_it_comes_again(start: Start, stage: Stage) -> None:
    """The failed run left no mark."""
    function = start()
    first = function.invoke(a_batch(an_event(act="raise")))

    second = function.invoke(a_batch(an_event(act="count"), attempt=2))

    assert (first.failures, second.failures) == (["m-0"], [])
    assert stage.thing() == {"n": 1}


def test_no_log_line_holds_event_data(start: Start, stage: Stage) -> None:
    """Neither of what succeeds nor of what fails, whatever exceptions and handlers say."""
    acts = ["count", "send-many", "refuse", "write-large", "send-broken"]
    events = [an_event(f"e-{act}", act=act, secret=SECRET) for act in acts]
    events += [an_event("e-bad", amount=SECRET), an_event("e-raise", act="raise", secret=SECRET)]

    result = start().invoke(a_batch(*events, json.dumps({"detail": SECRET})))

    (failed,) = result.lines("event failed")
    others = [line for line in result.logs if line != failed]
    assert len(result.lines("event handled")) == 3
    assert len(result.lines("event dead-lettered")) == 4
    assert SECRET not in json.dumps(others)
    # The key that the handler itself appended is on its own lines, and on no other.
    assert failed.pop("note") == SECRET
    assert SECRET not in json.dumps(failed)
    assert stage.thing() is not None


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
            "reason": "the envelope is broken: detail.metadata: must be an object",
            "error_type": "InvalidEventError",
        },
    ),
    "no JSON": (
        "hello",
        {
            "reason": "the message is no event: body: is not JSON",
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
    assert reasons[1] == "the message is no event: body: is not JSON"


LIMITS: dict[str, tuple[dict[str, Any], str]] = {
    "more than 100 writes": (
        {"act": "write-many", "amount": 100},
        "do-thing writes 101 items with its mark and events, one transaction takes 100",
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
        "do-thing writes 101 items with its mark and events, one transaction takes 100",
    ),
    "another service's event": ({"act": "send-foreign"}, "ForeignThing belongs to test.others"),
    "an event that breaks its contract": (
        {"act": "send-broken"},
        "the handler returned a ThingDone that breaks its own contract",
    ),
    "a number that EventBridge refuses": (
        {"act": "send-beyond-64-bits"},
        "a whole number beyond 64 bits",
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
    assert "QueueDoesNotExist" in result.lines("event failed")[0]["error_type"]
    assert stage.thing() == {"n": 1}


def test_an_event_stays_while_the_table_is_away(start: Start, stage: Stage, wire: Wire) -> None:
    """Whether it was handled cannot be known, so it counts as not handled."""
    for operation in ("TransactWriteItems", "GetItem"):
        wire.always(operation, refused("AccessDeniedException"))

    result = start().invoke(a_batch(an_event(), an_event("e-2", act="refuse")))

    assert result.failures == ["m-0", "m-1"]
    assert {line["error"] for line in result.lines("event failed")} == {
        "AWS answered AccessDeniedException to GetItem"
    }
    assert stage.dead_letters(0) == []


def test_an_invocation_without_time_leaves_the_rest_of_its_batch(
    start: Start, stage: Stage
) -> None:
    """Ended by Lambda, it would report nothing: what was done would come again with the rest."""
    result = start().invoke(a_batch(an_event()), seconds=0.5)

    assert result.failures == ["m-0"]
    assert "no time left" in result.lines("event failed")[0]["error"]
    assert stage.items() == {}


@pytest.mark.parametrize("event", [{}, None, [], {"source": "test.asks"}, {"Records": [{}]}])
def test_an_invocation_that_is_no_batch_fails_as_a_whole(start: Start, event: Any) -> None:
    """A success would tell Lambda that everything was handled."""
    result = start().invoke(event)

    assert result.answer["error"] == "ConfigurationError"
    assert "SQS event source" in result.answer["message"]


def test_a_function_without_its_settings_fails_before_it_touches_anything(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Every missing variable is named."""
    result = start(TRUNKLINE_TABLE="", TRUNKLINE_DLQ_URL="").invoke(a_batch(an_event()))

    assert result.answer["error"] == "ConfigurationError"
    assert "TRUNKLINE_TABLE is not set" in result.answer["message"]
    assert "TRUNKLINE_DLQ_URL is not set" in result.answer["message"]
    assert wire.calls == []
    assert stage.items() == {}


def test_a_dead_letter_whose_answer_is_lost_is_sent_at_least_once(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The client tries again; the event is done once one of them lies there."""
    wire.script("SendMessage", lost)

    result = start().invoke(a_batch(an_event(act="refuse")))

    assert result.failures == []
    assert len(stage.dead_letters(1)) == 1
