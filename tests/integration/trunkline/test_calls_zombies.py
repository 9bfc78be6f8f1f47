"""What a worker may still do that was given up: nothing that anybody else would see."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.callers import INVOCATION_S, Charges, World, dynamodb_at, never
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.stepped import Stepped
from trunkline.bounds import LEASE_SLACK_S
from trunkline.errors import OutOfTimeError, UnderLeaseError

Deliver: TypeAlias = Callable[..., Stepped]

LEASE_S = INVOCATION_S + LEASE_SLACK_S + 0.001
"""After so many seconds a lease has ended."""


@pytest.fixture
def world(endpoint: str, calls_table: str) -> Iterator[World]:
    """A table of calls and a time of its own."""
    with dynamodb_at(endpoint) as dynamodb:
        yield World(dynamodb, calls_table)


@pytest.fixture
def charges() -> Charges:
    """A provider that knows no keys: the worst case."""
    return Charges()


@pytest.fixture
def deliver(world: World, charges: Charges) -> Iterator[Deliver]:
    """Delivers the event once more; keywords say what is special about the worker."""
    workers: list[Stepped] = []

    def one(**parts: Any) -> Stepped:
        workers.append(Stepped(world, charges, **parts))
        return workers[-1]

    yield one
    for worker in workers:
        worker.die()


def test_a_zombie_gets_the_answer_of_the_one_that_took_over(
    world: World, charges: Charges, deliver: Deliver
) -> None:
    """Its own answer is nobody's: not even its own handler's."""
    zombie = deliver().until("after call")
    world.passes(LEASE_S)
    successor = deliver().finish()

    woken = zombie.finish()

    assert len(set(charges.keys)) == 1
    assert woken == successor == {"charge": 2}


def test_a_zombie_waits_for_the_one_that_took_over(world: World, deliver: Deliver) -> None:
    """There is no answer yet: its event comes back for it when the other's lease has ended."""
    zombie = deliver().until("after call")
    world.passes(LEASE_S)
    successor = deliver().until("after call")

    with pytest.raises(UnderLeaseError) as under_lease:
        zombie.finish()

    assert under_lease.value.left_s == INVOCATION_S + LEASE_SLACK_S
    assert successor.finish() == deliver().finish() == {"charge": 2}


def test_an_answer_is_noted_although_the_one_that_took_over_failed(
    world: World, charges: Charges, deliver: Deliver
) -> None:
    """Nobody makes the call and nobody else has an answer: the zombie's is better than none."""
    zombie = deliver().until("after call")
    world.passes(LEASE_S)
    successor = deliver()
    successor.raises = True
    with pytest.raises(ZeroDivisionError):
        successor.finish()

    woken = zombie.finish()

    assert woken == deliver().finish() == {"charge": 1}
    assert charges.made == 2


def test_a_zombie_that_fails_does_not_release_the_lease_of_another(
    world: World, charges: Charges, deliver: Deliver
) -> None:
    """A third delivery still waits for the second."""
    zombie = deliver().until("after call")
    world.passes(LEASE_S)
    successor = deliver().until("after call")
    # Its clock was set back, so that it believes to have time for a release.
    world.passes(-LEASE_S)
    zombie.raises = True
    with pytest.raises(ZeroDivisionError):
        zombie.finish()
    world.passes(LEASE_S)

    with pytest.raises(UnderLeaseError):
        deliver().finish()

    assert successor.finish() == {"charge": 2}
    assert charges.made == 2


def test_a_zombie_that_fails_after_all_is_done_removes_nothing(
    world: World, deliver: Deliver
) -> None:
    """The answer stays everybody's."""
    zombie = deliver().until("after call")
    world.passes(LEASE_S)
    deliver().finish()
    world.passes(-LEASE_S)
    zombie.raises = True
    with pytest.raises(ZeroDivisionError):
        zombie.finish()

    assert deliver().finish() == {"charge": 2}


def test_a_worker_that_slept_through_its_claim_makes_no_call(
    world: World, charges: Charges, deliver: Deliver
) -> None:
    """It was frozen before it heard that the lease is its own; another took over and called."""
    frozen = deliver().until("after claim")
    world.passes(LEASE_S)
    successor = deliver().finish()

    with pytest.raises(OutOfTimeError):
        frozen.finish()

    assert charges.made == 1
    assert deliver().finish() == successor


def test_a_claim_that_comes_late_takes_nothing_over(
    world: World, charges: Charges, deliver: Deliver
) -> None:
    """It lay in the network while another took the lease: what it says of the time is old."""
    late = deliver().until("before claim")
    deliver().until("after call").die()
    world.passes(INVOCATION_S - 1)

    with pytest.raises(UnderLeaseError):
        late.finish()

    assert charges.made == 1


@pytest.mark.parametrize("ahead_s", [0.0, 0.5, LEASE_SLACK_S])
def test_a_clock_that_is_ahead_within_the_slack_takes_nothing_over(
    world: World, charges: Charges, ahead_s: float
) -> None:
    """To the last moment of the invocation nobody else makes the call."""

    def call(key: str) -> dict[str, int]:
        world.passes(INVOCATION_S)
        with pytest.raises(UnderLeaseError):
            world.worker(ahead_s=ahead_s).once(never)
        return charges(key)

    world.worker().once(call)

    assert charges.made == 1


@pytest.mark.parametrize("ahead_s", [-3_600.0, LEASE_S, 3_600.0])
def test_clocks_that_are_wrong_give_one_answer_all_the_same(
    world: World, charges: Charges, ahead_s: float
) -> None:
    """The provider may see the key twice; what the handlers use is one answer."""

    def call(key: str) -> dict[str, int]:
        mine = charges(key)
        if ahead_s > 0:
            world.worker(ahead_s=ahead_s).once(charges)
        return mine

    answer = world.worker().once(call)

    assert len(set(charges.keys)) == 1
    assert world.worker(ahead_s=ahead_s).once(never) == answer
    assert answer == {"charge": charges.made}


def test_a_process_that_wakes_after_another_did_its_work_is_a_duplicate(
    caller: Start, stage: Stage, outside: Outside
) -> None:
    """Two real processes: what the first one heard from the provider ends nowhere."""
    outside.provider.honours_keys = False
    outside.provider.script(outside.provider.held)
    zombie = caller()
    zombie.begin(a_batch(an_event(act="charge")))
    outside.provider.wait()
    outside.end_lease()

    caller().invoke(a_batch(an_event(act="charge"), attempt=2))
    outside.provider.let_go.set()
    woken = zombie.finish()

    assert len(woken.lines("duplicate event")) == 1
    assert outside.provider.charged == [outside.provider.keys[0]] * 2
    assert outside.item()["answer"] == '{"id": "ch-1"}'
    assert stage.thing() == {"charge": "ch-1", "n": 1}
    assert len(stage.heard(1)) == 1
