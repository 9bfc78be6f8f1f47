"""What comes of a guarded call when DynamoDB fails, or does not say whether it did."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.trunkline.callers import (
    ATTEMPTS,
    CHARGE,
    INVOCATION_S,
    Charges,
    Worker,
    World,
    dynamodb_at,
    never,
)
from tests.integration.trunkline.wire import Wire, answer_lost, lost, passed_on, refused
from trunkline.aws import AwsError, AwsRefusedError, AwsUnreachableError
from trunkline.bounds import CALL_NOTE_ATTEMPTS_MAX, LEASE_SLACK_S
from trunkline.errors import RetryableError, UnderLeaseError

LEASE_S = INVOCATION_S + LEASE_SLACK_S + 0.001
"""After so many seconds a lease has ended."""


@pytest.fixture
def world(endpoint: str, calls_table: str) -> Iterator[World]:
    """A table of calls and a time of its own."""
    with dynamodb_at(endpoint) as dynamodb:
        yield World(dynamodb, calls_table)


@pytest.fixture
def charges() -> Charges:
    """A provider that knows no keys."""
    return Charges()


@pytest.fixture
def worker(world: World, endpoint: str, wire: Wire) -> Iterator[Worker]:
    """A worker that speaks to DynamoDB over the wire."""
    with dynamodb_at(endpoint, wire.endpoint) as client:
        yield world.worker(client=lambda: client)


def under_lease(world: World) -> bool:
    """Whether another delivery would have to wait."""
    try:
        world.worker().once(never)
    except UnderLeaseError:
        return True
    return False


def refuse(_key: str) -> Any:
    """A provider that does not charge."""
    raise ZeroDivisionError


def test_a_claim_that_never_arrived_is_made_again(
    world: World, worker: Worker, wire: Wire, charges: Charges
) -> None:
    """It is sent a second time."""
    wire.script("PutItem", lost)

    answer = worker.once(charges)

    assert answer == world.worker().once(never) == {"charge": 1}


def test_a_claim_whose_answer_was_lost_is_known_by_its_holder(
    world: World, worker: Worker, wire: Wire, charges: Charges
) -> None:
    """It is sent a second time, and it meets the lease that it took the first time."""
    wire.script("PutItem", answer_lost)

    answer = worker.once(charges)

    assert len(wire.seen("PutItem")) == 2
    assert answer == world.worker().once(never) == {"charge": 1}


@pytest.mark.parametrize("loss", [lost, answer_lost])
def test_a_claim_that_nobody_ever_answers_makes_no_call(
    world: World, worker: Worker, wire: Wire, charges: Charges, loss: Any
) -> None:
    """Whether the lease is taken is not known: the next delivery waits for its end at most."""
    wire.script("PutItem", *[loss] * ATTEMPTS)

    with pytest.raises(AwsUnreachableError):
        worker.once(never)

    assert bool(world.items()) is (loss is answer_lost)
    world.passes(LEASE_S)
    assert world.worker().once(charges) == {"charge": 1}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("ThrottlingException", 400),
        ("InternalServerError", 500),
        ("AccessDeniedException", 400),
        ("ResourceNotFoundException", 400),
    ],
)
def test_a_claim_that_is_refused_makes_no_call(
    worker: Worker, wire: Wire, code: str, status: int
) -> None:
    """No lease, no call; the event is tried again."""
    wire.always("PutItem", refused(code, status))

    with pytest.raises(AwsRefusedError, match=code):
        worker.once(never)


@pytest.mark.parametrize("loss", [lost, answer_lost])
def test_a_note_that_is_not_answered_is_made_again(
    world: World, worker: Worker, wire: Wire, charges: Charges, loss: Any
) -> None:
    """Beyond the attempts of any AWS call: a lost note would repeat the call."""
    wire.script("UpdateItem", *[loss] * ATTEMPTS * (CALL_NOTE_ATTEMPTS_MAX - 1))

    answer = worker.once(charges)

    assert answer == world.worker().once(never) == {"charge": 1}


def test_a_note_that_is_throttled_is_made_again(
    world: World, worker: Worker, wire: Wire, charges: Charges
) -> None:
    """The same."""
    wire.script("UpdateItem", *[refused("ThrottlingException")] * ATTEMPTS)

    answer = worker.once(charges)

    assert answer == world.worker().once(never) == {"charge": 1}


def test_a_note_that_cannot_be_made_leaves_the_lease(
    world: World, worker: Worker, wire: Wire, charges: Charges
) -> None:
    """The note may still arrive; else the call is repeated after the lease, with its key."""
    wire.always("UpdateItem", lost)

    with pytest.raises(RetryableError, match="'charge' was made, but its result could not be"):
        worker.once(charges)

    assert under_lease(world)
    world.passes(LEASE_S)
    assert world.worker().once(charges) == {"charge": 2}
    assert charges.keys == [CHARGE.key] * 2


def test_a_note_that_was_made_and_never_answered_holds(
    world: World, worker: Worker, wire: Wire, charges: Charges
) -> None:
    """The handling failed, and its repetition finds the answer."""
    wire.always("UpdateItem", answer_lost)

    with pytest.raises(RetryableError):
        worker.once(charges)

    assert world.worker().once(never) == {"charge": 1}


def test_a_note_is_not_tried_again_when_the_invocation_ends(
    world: World, worker: Worker, wire: Wire, charges: Charges
) -> None:
    """The other messages of the batch need what time there is."""
    wire.always("UpdateItem", lost)

    def call(key: str) -> dict[str, int]:
        world.passes(INVOCATION_S - 1)
        return charges(key)

    with pytest.raises(RetryableError):
        worker.once(call)

    assert len(wire.seen("UpdateItem")) == ATTEMPTS


@pytest.mark.parametrize("loss", [lost, answer_lost])
def test_a_release_that_is_not_answered_is_made_again(
    world: World, worker: Worker, wire: Wire, charges: Charges, loss: Any
) -> None:
    """The second time it may find nothing to release: that is no error."""
    wire.script("DeleteItem", loss)

    with pytest.raises(ZeroDivisionError):
        worker.once(refuse)

    assert world.worker().once(charges) == {"charge": 1}


@pytest.mark.parametrize("fault", [lost, refused("AccessDeniedException")])
def test_a_release_that_fails_hides_nothing(
    world: World, worker: Worker, wire: Wire, charges: Charges, fault: Any
) -> None:
    """What the call raised is what the handler hears; the lease ends by itself."""
    wire.always("DeleteItem", fault)

    with pytest.raises(ZeroDivisionError):
        worker.once(refuse)

    assert under_lease(world)
    world.passes(LEASE_S)
    assert world.worker().once(charges) == {"charge": 1}


def test_a_release_is_not_tried_when_the_invocation_ends(
    world: World, worker: Worker, wire: Wire
) -> None:
    """The lease ends with it."""

    def call(_key: str) -> None:
        world.passes(INVOCATION_S - 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        worker.once(call)

    assert wire.seen("DeleteItem") == []


def test_a_lost_answer_is_asked_for_again(
    world: World, worker: Worker, wire: Wire, charges: Charges
) -> None:
    """The call is done, and DynamoDB's first word of it was lost."""
    world.worker().once(charges)
    wire.script("PutItem", answer_lost, passed_on)

    assert worker.once(never) == {"charge": 1}


def test_dynamodb_that_is_down_calls_nobody(worker: Worker, wire: Wire) -> None:
    """Fail closed: without a guard there is no call."""
    wire.always("PutItem", lost)

    with pytest.raises(AwsError):
        worker.once(never)
