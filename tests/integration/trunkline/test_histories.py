"""Whatever the history of duplicates, reorderings, deaths and rivals: one effect per event."""

import os
import signal
from random import Random
from typing import Any, Final

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Function, Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import (
    Call,
    Forward,
    Reply,
    Step,
    Wire,
    answer_lost,
    lost,
    passed_on,
    refused,
)
from tests.settings import seeds

TOGETHER: Final = 8
EVENTS: Final = 10
THINGS: Final = 4
ROUNDS_MAX: Final = 40
"""Deliveries of what is left until all must be handled; a few are enough."""


def history(chance: Random) -> list[dict[str, Any]]:
    """Events of a few things, some adding blindly, some reading before they write."""
    return [
        an_event(
            f"e-{n}",
            thing_id=f"t-{chance.randrange(THINGS)}",
            act=chance.choice(["count", "count-by-reading"]),
        )
        for n in range(EVENTS)
    ]


def deliver(functions: list[Function], batches: list[list[dict[str, Any]]]) -> None:
    """All batches at once, one to each function; what a dying function says is lost."""
    for function, batch in zip(functions, batches, strict=True):
        function.begin(a_batch(*batch))
    for function in functions:
        try:
            function.finish()
        except EOFError:
            continue


def trouble(chance: Random) -> Step:
    """At some calls the line is cut before or after, or AWS refuses for a while."""

    def maybe(call: Call, forward: Forward) -> Reply | None:
        steps = [lost, answer_lost, refused("InternalServerError", 500), *[passed_on] * 7]
        return chance.choice(steps)(call, forward)

    return maybe


def handled(stage: Stage) -> int:
    """How many of the events are marked."""
    return len(stage.marks())


def assert_one_effect_each(events: list[dict[str, Any]], stage: Stage) -> None:
    """State, outbox and bus are those of one delivery of each."""
    wanted = {f"t-{n}": 0 for n in range(THINGS)}
    for event in events:
        wanted[event["detail"]["data"]["thing_id"]] += 1
    found = {name: (stage.thing(name) or {"n": 0})["n"] for name in wanted}
    heard = stage.heard(len(events))
    causes = {event["detail"]["metadata"]["causation_id"] for event in heard}
    ids = {event["detail"]["metadata"]["event_id"] for event in heard}
    assert found == wanted
    assert stage.outbox() == []
    assert causes == {event["detail"]["metadata"]["event_id"] for event in events}
    assert len(ids) == len(events)


@pytest.mark.parametrize("seed", seeds(2, 40))
def test_duplicates_and_reorderings_among_rivals_have_one_effect(
    start: Start, stage: Stage, wire: Wire, seed: int
) -> None:
    """Eight functions get all events at once, each in an order of its own, over a bad line."""
    chance = Random(seed)  # noqa: S311 - a history, no secret
    events = history(chance)
    functions = [start() for _ in range(TOGETHER)]
    for operation in ("TransactWriteItems", "PutEvents", "BatchWriteItem", "GetItem"):
        wire.always(operation, trouble(chance))

    deliver(functions, [chance.sample(events, k=chance.randint(1, EVENTS)) for _ in functions])
    for operation in ("TransactWriteItems", "PutEvents", "BatchWriteItem", "GetItem"):
        wire.always(operation, passed_on)
    for _ in range(ROUNDS_MAX):
        deliver(functions[:2], [chance.sample(events, k=EVENTS) for _ in range(2)])
        if handled(stage) == EVENTS:
            break
    start("sweep").invoke({"older_than_s": 0})

    assert_one_effect_each(events, stage)


@pytest.mark.parametrize("seed", seeds(2, 40))
def test_deaths_among_rivals_lose_and_double_nothing(
    start: Start, stage: Stage, wire: Wire, seed: int
) -> None:
    """In every round one of four functions dies at a call left to chance."""
    chance = Random(seed)  # noqa: S311 - a history, no secret
    events = history(chance)

    for _ in range(3):
        functions = [start() for _ in range(4)]
        doomed = chance.choice(functions)
        operation = chance.choice(["TransactWriteItems", "PutEvents", "BatchWriteItem"])
        wire.script(operation, *[passed_on] * chance.randrange(4), death(doomed, chance))
        deliver(functions, [chance.sample(events, k=chance.randint(1, 4)) for _ in functions])
    wire.script("TransactWriteItems")
    wire.script("PutEvents")
    wire.script("BatchWriteItem")
    survivor = start()
    for _ in range(ROUNDS_MAX):
        deliver([survivor], [chance.sample(events, k=EVENTS)])
        if handled(stage) == EVENTS:
            break
    start("sweep").invoke({"older_than_s": 0})

    assert_one_effect_each(events, stage)


def death(doomed: Function, chance: Random) -> Step:
    """The function dies before the call of whoever comes here takes effect, or after it."""
    after = chance.random() < 0.5

    def kill(_call: Call, forward: Forward) -> Reply | None:
        reply = forward() if after else None
        os.kill(doomed.pid, signal.SIGKILL)
        return reply

    return kill


def test_eight_functions_with_one_batch_handle_each_event_once(start: Start, stage: Stage) -> None:
    """Their transactions overlap in every order; nobody takes another's event down with it."""
    events = [an_event(f"e-{n}", thing_id=f"t-{n % THINGS}") for n in range(EVENTS)]
    functions = [start() for _ in range(TOGETHER)]

    for _ in range(ROUNDS_MAX):
        deliver(functions, [events] * TOGETHER)
        if handled(stage) == EVENTS:
            break
    start("sweep").invoke({"older_than_s": 0})

    assert_one_effect_each(events, stage)
