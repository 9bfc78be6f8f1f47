"""Handlers that allow it run at once, and the events of a batch keep apart all the same."""

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.others import MEET
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire


def test_handlers_of_a_batch_run_at_once(start: Start, stage: Stage, wire: Wire) -> None:
    """Each waits until all are there; their commits are still one transaction."""
    events = [an_event(f"e-{n}", thing_id=f"t-{n}", act="meet") for n in range(MEET)]

    result = start("meet").invoke(a_batch(*events))

    assert result.failures == []
    assert [stage.thing(f"t-{n}") for n in range(MEET)] == [{"n": 1}] * MEET
    assert len(wire.seen("TransactWriteItems")) == 1


def test_no_more_handlers_run_at_once_than_are_allowed(start: Start, stage: Stage) -> None:
    """Twice as many meet in two rounds."""
    events = [an_event(f"e-{n}", thing_id=f"t-{n}", act="meet") for n in range(2 * MEET)]

    result = start("meet").invoke(a_batch(*events))

    assert result.failures == []
    assert len(stage.marks()) == 2 * MEET


def test_log_lines_of_handlers_side_by_side_keep_apart(start: Start) -> None:
    """Each line names its own event; keys that a handler appended are on its lines alone."""
    events = [an_event(f"e-{n}", thing_id=f"t-{n}", act="meet") for n in range(MEET)]

    result = start("meet").invoke(a_batch(*events))

    met = {(line["event_id"], line["thing"], line["note"]) for line in result.lines("met")}
    assert met == {(f"e-{n}", f"t-{n}", f"t-{n}") for n in range(MEET)}
    assert all("note" not in line for line in result.lines("event handled"))


def test_a_failure_side_by_side_is_its_own(start: Start, stage: Stage) -> None:
    """The others are committed."""
    acts = ["count", "raise", "count", "count"]
    events = [an_event(f"e-{n}", thing_id=f"t-{n}", act=act) for n, act in enumerate(acts)]

    result = start("meet").invoke(a_batch(*events))

    assert result.failures == ["m-1"]
    assert len(stage.marks()) == 3


def test_one_item_under_handlers_side_by_side_loses_no_write(start: Start, stage: Stage) -> None:
    """What was read before another of the batch wrote it is read again."""
    events = [an_event(f"e-{n}") for n in range(6)]

    result = start("meet").invoke(a_batch(*events))

    assert result.failures == []
    assert stage.thing() == {"n": 6}


def test_one_event_twice_among_handlers_side_by_side_does_not_wait_for_itself(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """The second one comes after the first, and finds its call made."""
    result = caller("meet").invoke(a_batch(*[an_event(act="charge")] * 2))

    assert result.failures == []
    assert len(result.lines("duplicate event")) == 1
    assert len(outside.provider.requests) == 1
    assert stage.thing() == {"n": 1}


def test_two_handlers_of_one_service_both_take_effect_on_one_event(
    start: Start, stage: Stage
) -> None:
    """The mark is of the handler and the event; each knows its own duplicates."""
    functions = [start("handler"), start("watch")]

    for _ in range(2):
        for function in functions:
            function.invoke(a_batch(an_event()))

    watched = stage.items()["watched#t-1", "thing"]["n"]
    assert (stage.thing(), watched) == ({"n": 1}, 1)
    assert len(stage.marks()) == 2
