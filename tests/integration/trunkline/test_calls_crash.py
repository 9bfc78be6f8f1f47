"""What a process that dies in the middle of a guarded call leaves behind."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from tests.integration.trunkline import provider
from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Result, Start
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Call, Forward, Step, Wire, death_of

CHARGE = an_event(act="charge")

Death: TypeAlias = Callable[[Callable[[], int]], Step]
"""How the process with that id dies at a call."""


def dead_after(pid: Callable[[], int]) -> Step:
    """AWS does it, and the caller dies before it hears of it."""

    def kill(_call: Call, forward: Forward) -> None:
        forward()
        os.kill(pid(), signal.SIGKILL)

    return kill


@dataclass(frozen=True)
class Scene:
    """One event, its service, and a first delivery that dies."""

    caller: Start
    stage: Stage
    outside: Outside
    wire: Wire

    def dies_at(self, operation: str, death: Death) -> None:
        """The process of the first delivery dies at that call to AWS."""
        function = self.caller()
        self.wire.script(operation, death(lambda: function.pid))
        with pytest.raises(EOFError):
            function.invoke(a_batch(CHARGE))

    def dies_at_the_provider(self, death: Callable[..., provider.Step]) -> None:
        """It dies while it waits for the provider."""
        function = self.caller()
        self.outside.provider.script(death(lambda: function.pid))
        with pytest.raises(EOFError):
            function.invoke(a_batch(CHARGE))

    def ends_lease(self) -> bool:
        """Ends the lease that was left, if one was."""
        was_left = any("lease_until" in item for item in self.outside.items())
        if was_left:
            self.outside.end_lease()
        return was_left

    def redelivered(self) -> Result:
        """What comes of the second delivery, in another process."""
        return self.caller().invoke(a_batch(CHARGE, attempt=2))

    def is_charged_once(self) -> bool:
        """Whether provider, table and bus all tell of one charge."""
        charged = self.outside.provider.charged
        return (
            len(charged) == 1
            and set(charged) == set(self.outside.provider.keys)
            and self.stage.thing() == {"charge": "ch-1", "n": 1}
            and [event["detail"]["data"]["text"] for event in self.stage.heard(1)] == ["ch-1"]
        )


@pytest.fixture
def scene(caller: Start, stage: Stage, outside: Outside, wire: Wire) -> Scene:
    """Everything that a crash may leave traces in."""
    return Scene(caller, stage, outside, wire)


@pytest.mark.parametrize("death", [death_of, dead_after])
def test_a_crash_at_the_claim(scene: Scene, death: Death) -> None:
    """Before it, nothing is left; after it, a lease that ends."""
    scene.dies_at("PutItem", death)

    assert scene.ends_lease() is (death is dead_after)
    assert scene.redelivered().failures == []
    assert len(scene.outside.provider.requests) == 1
    assert scene.is_charged_once()


@pytest.mark.parametrize("death", [provider.death_before, provider.death_after])
def test_a_crash_at_the_provider(scene: Scene, death: Callable[..., provider.Step]) -> None:
    """Nobody here knows whether the customer was charged: the provider does, by the key."""
    scene.dies_at_the_provider(death)

    assert scene.ends_lease()
    assert scene.redelivered().failures == []
    assert len(scene.outside.provider.requests) == 2
    assert scene.is_charged_once()


@pytest.mark.parametrize("death", [death_of, dead_after])
def test_a_crash_at_the_note(scene: Scene, death: Death) -> None:
    """Before it, the provider sees the same key again; after it, the answer is there."""
    scene.dies_at("UpdateItem", death)

    must_call_again = scene.ends_lease()
    assert must_call_again is (death is death_of)
    assert scene.redelivered().failures == []
    assert len(scene.outside.provider.requests) == 1 + must_call_again
    assert scene.is_charged_once()


@pytest.mark.parametrize("death", [death_of, dead_after])
def test_a_crash_at_the_release(scene: Scene, death: Death) -> None:
    """The call had failed; it is made again at once, or when the lease has ended."""
    scene.outside.provider.script(provider.refused(503))
    scene.dies_at("DeleteItem", death)

    assert scene.ends_lease() is (death is death_of)
    assert scene.redelivered().failures == []
    assert scene.is_charged_once()


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutEvents", "BatchWriteItem"])
@pytest.mark.parametrize("death", [death_of, dead_after])
def test_a_crash_after_the_call_was_noted_repeats_no_call(
    scene: Scene, operation: str, death: Death
) -> None:
    """Whatever else is repeated, not even a provider without keys charges twice."""
    scene.outside.provider.honours_keys = False
    scene.dies_at(operation, death)

    again = scene.redelivered()
    scene.caller("sweep").invoke({"older_than_s": 0})

    assert again.failures == []
    assert len(scene.outside.provider.requests) == 1
    assert scene.stage.thing() == {"charge": "ch-1", "n": 1}
    assert len({event["detail"]["metadata"]["event_id"] for event in scene.stage.heard(1)}) == 1


def test_a_request_with_a_key_that_crashed_after_its_call_repeats_no_call(scene: Scene) -> None:
    """The client sends it again, and then once more."""
    scene.outside.provider.honours_keys = False
    ask = {"ask": {"thing_id": "t-1", "act": "charge"}, "headers": {"idempotency-key": "k-1"}}
    function = scene.caller("answer")
    scene.wire.script("TransactWriteItems", death_of(lambda: function.pid))
    with pytest.raises(EOFError):
        function.invoke({**ask, "request_id": "r-1"})

    answers = [scene.caller("answer").invoke({**ask, "request_id": f"r-{n}"}) for n in (2, 3)]

    assert [result.answer["answer"]["statusCode"] for result in answers] == [201, 201]
    assert len(scene.outside.provider.requests) == 1
    assert scene.stage.thing() == {"charge": "ch-1", "n": 1}


def test_before_the_lease_has_ended_a_crash_is_not_yet_known(scene: Scene) -> None:
    """Whoever holds it might still be calling: the event comes back later."""
    scene.dies_at_the_provider(provider.death_after)

    early = scene.redelivered()

    (line,) = early.lines("event failed")
    assert line["error_type"] == "UnderLeaseError"
    assert early.failures == ["m-0"]
    assert len(scene.outside.provider.requests) == 1


def test_a_provider_that_knows_no_keys_can_charge_twice(scene: Scene) -> None:
    """The limit of the promise: between the provider's effect and the note only its key helps."""
    scene.outside.provider.honours_keys = False
    scene.dies_at_the_provider(provider.death_after)
    scene.ends_lease()

    scene.redelivered()

    assert scene.outside.provider.charged == [scene.outside.provider.keys[0]] * 2
