"""What a guarded call answers, for how long, and while who else makes it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.trunkline.callers import (
    CHARGE,
    INVOCATION_S,
    Charges,
    World,
    dynamodb_at,
    never,
)
from trunkline.bounds import CALL_ANSWER_BYTES_MAX, LEASE_SLACK_S
from trunkline.calls import CallId
from trunkline.errors import OutOfTimeError, PermanentError, UnderLeaseError
from trunkline.retention import EXPIRES_AT

DAY_S = 86_400.0


@pytest.fixture
def world(endpoint: str, calls_table: str) -> Iterator[World]:
    """A table of calls and a time of its own."""
    with dynamodb_at(endpoint) as dynamodb:
        yield World(dynamodb, calls_table)


@pytest.fixture
def charges() -> Charges:
    """A provider that knows no keys."""
    return Charges()


def lease_left_s(world: World) -> float:
    """How long another worker is told to wait."""
    with pytest.raises(UnderLeaseError) as under_lease:
        world.worker().once(never)
    return under_lease.value.left_s


def circle() -> list[Any]:
    """A list that holds itself."""
    one: list[Any] = []
    one.append(one)
    return one


def nested(depth: int) -> list[Any]:
    """A list in a list, and so on."""
    one: list[Any] = []
    for _ in range(depth):
        one = [one]
    return one


def test_everybody_gets_the_answer_of_the_one_call(world: World, charges: Charges) -> None:
    """Whoever comes later asks the table and not the provider."""
    answers = [world.worker().once(charges) for _ in range(3)]

    assert answers == [{"charge": 1}] * 3
    assert charges.keys == [CHARGE.key]


@pytest.mark.parametrize("answer", [None, False, 0, "", [], {}, 0.1, "\ud800", "ü", [1, ["a"]]])
def test_any_json_is_an_answer(world: World, answer: object) -> None:
    """Nothing at all is one too: it does not mean that there was no call."""
    world.worker().once(lambda _key: answer)

    assert world.worker().once(never) == answer


def test_the_first_answer_is_as_the_later_ones(world: World) -> None:
    """It comes through JSON at once: a handler never sees a tuple first and a list later."""
    first = world.worker().once(lambda _key: {1: ("a",)})

    assert first == world.worker().once(never) == {"1": ["a"]}


@pytest.mark.parametrize(
    "other",
    [
        replace(CHARGE, service="orders"),
        replace(CHARGE, handler="refund"),
        replace(CHARGE, cause_id="e-2"),
        replace(CHARGE, name="tip"),
    ],
    ids=["service", "handler", "event", "name"],
)
def test_another_call_is_another(world: World, charges: Charges, other: CallId) -> None:
    """Two handlers of one event, or two calls of one handler, do not see each other's."""
    world.worker().once(charges)

    assert world.worker().once(charges, other) == {"charge": 2}
    assert charges.keys == [CHARGE.key, other.key]


def test_a_call_within_a_call_is_guarded_by_itself(world: World, charges: Charges) -> None:
    """Each holds a lease of its own."""
    worker, tip = world.worker(), replace(CHARGE, name="tip")

    answer = worker.once(lambda _key: [worker.once(charges, tip)])

    assert answer == [{"charge": 1}]
    assert world.worker().once(never, tip) == {"charge": 1}


def test_the_time_that_is_left_of_a_lease_is_told(world: World) -> None:
    """Until the other invocation's deadline and the slack after it."""
    told: list[float] = []

    def call(_key: str) -> None:
        told.append(lease_left_s(world))
        world.passes(4)
        told.append(lease_left_s(world))

    world.worker().once(call)

    assert told == [INVOCATION_S + LEASE_SLACK_S, INVOCATION_S + LEASE_SLACK_S - 4]


def test_a_lease_holds_to_its_last_moment(world: World) -> None:
    """What is told is when the call can be made: not a moment earlier, and just then."""
    told: list[float] = []

    def call(_key: str) -> int:
        world.passes(INVOCATION_S + LEASE_SLACK_S)
        told.append(lease_left_s(world))
        world.passes(0.001)
        return int(world.worker().once(lambda _key: 2))

    answer = world.worker().once(call)

    assert told == [0.0]
    assert answer == 2


def test_a_call_that_raises_leaves_nothing(world: World, charges: Charges) -> None:
    """The retry need not wait for the end of a lease."""
    with pytest.raises(ZeroDivisionError):
        world.worker().once(lambda _key: 1 / 0)

    assert world.items() == []
    assert world.worker().once(charges) == {"charge": 1}


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_call_that_is_ended_leaves_nothing(world: World, end: type[BaseException]) -> None:
    """Whatever ends it."""

    def call(_key: str) -> None:
        raise end

    with pytest.raises(end):
        world.worker().once(call)

    assert world.items() == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (object(), "object"),
        (b"secret", "bytes"),
        ({"secret"}, "set"),
        (Decimal("0.1"), "Decimal"),
        (datetime(2026, 11, 2), "datetime"),  # noqa: DTZ001 - it is refused
        ({"at": [object()]}, "dict"),
        ({("secret",): 1}, "dict"),
        (float("nan"), "float"),
        ([float("inf")], "list"),
        (circle(), "list"),
        (nested(10_000), "list"),
    ],
)
def test_an_answer_that_is_no_json_is_told_by_its_kind(
    world: World, answer: object, kind: str
) -> None:
    """The call was made, no retry can help, and the error quotes nothing of the answer."""
    with pytest.raises(PermanentError, match=rf"was made.*\({kind}\).*redrive") as refused:
        world.worker().once(lambda _key: answer)

    assert "secret" not in str(refused.value)
    assert world.items() == []


@pytest.mark.parametrize("character", ["x", "\x00", "ü", "😀"])
def test_an_answer_up_to_the_limit_is_kept(world: World, character: str) -> None:
    """The limit counts bytes of JSON as it is kept, escapes included."""
    each = len(json.dumps(character)) - 2
    text = character * ((CALL_ANSWER_BYTES_MAX - 2) // each)

    world.worker().once(lambda _key: text)

    assert world.worker().once(never) == text


@pytest.mark.parametrize("character", ["x", "\x00", "ü", "😀"])
def test_an_answer_over_the_limit_is_refused_with_its_size(world: World, character: str) -> None:
    """After the call: before it nobody knows."""
    each = len(json.dumps(character)) - 2
    text = character * ((CALL_ANSWER_BYTES_MAX - 2) // each + 1)

    with pytest.raises(PermanentError, match=rf"was made.*{len(text) * each + 2} bytes"):
        world.worker().once(lambda _key: text)

    assert world.items() == []


def test_a_lease_that_came_late_makes_no_call(world: World) -> None:
    """DynamoDB took nine of ten seconds: the call would outlast the invocation."""

    def slow() -> Any:
        world.passes(INVOCATION_S - 1.5)
        return world.dynamodb

    with pytest.raises(OutOfTimeError):
        world.worker(client=slow).once(never)


def test_an_answer_is_remembered_as_long_as_the_mark_of_its_event(
    world: World, charges: Charges
) -> None:
    """As long as the event could come again; from the claim on, not only when it is done."""
    expiries = []

    def call(key: str) -> dict[str, int]:
        expiries.append(world.items()[0][EXPIRES_AT])
        world.passes(1)
        return charges(key)

    world.worker(mark_days=30).once(call)

    expiries.append(world.items()[0][EXPIRES_AT])
    begun = int(world.now.timestamp() - 1)
    assert expiries == [{"N": str(begun + 58 * 86_400)}, {"N": str(begun + 1 + 58 * 86_400)}]


def test_an_answer_that_expired_holds_until_dynamodb_removes_it(
    world: World, charges: Charges
) -> None:
    """Time to live is when it may go, not when the call may be made again."""
    world.worker(mark_days=1).once(charges)
    world.passes(1_000 * DAY_S)

    assert world.worker(mark_days=1).once(never) == {"charge": 1}


def test_the_table_tells_a_person_whose_call_it_was(world: World, charges: Charges) -> None:
    """The key alone says nothing."""
    world.worker().once(charges)

    (item,) = world.items()
    assert item["pk"] == {"S": CHARGE.key}
    assert item["made_for"] == {"S": "payments/decide-payment/e-1/charge"}
    assert item["answer"] == {"S": '{"charge": 1}'}
    assert item["answered_at"] == {"S": "2026-11-02T12:00:00.000+00:00"}
    assert "lease_until" not in item


def test_a_clock_that_is_behind_only_waits_longer(world: World) -> None:
    """It is told more than is left, and is never let in early."""
    told: list[float] = []

    def call(_key: str) -> None:
        with pytest.raises(UnderLeaseError) as under_lease:
            world.worker(ahead_s=-3).once(never)
        told.append(under_lease.value.left_s)

    world.worker().once(call)

    assert told == [INVOCATION_S + LEASE_SLACK_S + 3]


def test_a_lease_of_one_that_died_ends(world: World, charges: Charges) -> None:
    """Its invocation's end is all that anybody waits for."""
    world.dynamodb.put_item(
        TableName=world.table,
        Item={
            "pk": {"S": CHARGE.key},
            "holder": {"S": "the dead"},
            "lease_until": {"N": str(round((world.now + timedelta(seconds=5)).timestamp() * 1e3))},
        },
    )
    left_s = lease_left_s(world)
    world.passes(left_s + 0.001)

    assert left_s == 5.0
    assert world.worker().once(charges) == {"charge": 1}
