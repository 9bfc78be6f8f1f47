"""What becomes of an event that is not handled, and that its batch does not suffer for it."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.asked import QUEUE_ARN, a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, refused

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


def test_an_event_stays_while_the_table_is_away(start: Start, stage: Stage, wire: Wire) -> None:
    """Whether it was handled cannot be known, so it counts as not handled."""
    for operation in ("TransactWriteItems", "GetItem"):
        wire.always(operation, refused("AccessDeniedException"))

    result = start().invoke(a_batch(an_event(), an_event("e-2", act="refuse")))

    assert result.failures == ["m-0", "m-1"]
    assert {line["error"] for line in result.lines("event failed")} == {
        "GetItem failed with AccessDeniedException"
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
