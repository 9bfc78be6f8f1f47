"""No event is begun that could not be brought to its end; here time goes by as the test says."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event, in_groups
from tests.integration.trunkline.conftest import REGION
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.things import ThingAsked
from tests.integration.trunkline.units import NOON, fresh
from trunkline import Consumer, UnitOfWork
from trunkline.effects import Effects

Invoke = Callable[..., tuple[list[str], list[str]]]


class Invocation:
    """Lambda's context for an invocation of that many seconds of the effects' time."""

    function_name = "slow"
    aws_request_id = "request-1"

    def __init__(self, effects: Effects, seconds: float) -> None:
        self._effects = effects
        self._end_s = effects.monotonic_s() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """What is left of it."""
        return int((self._end_s - self._effects.monotonic_s()) * 1_000)


@pytest.fixture
def invoke(
    stage: Stage,
    endpoint: str,
    signing_key: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Invoke:
    """Invokes a consumer whose handlers take the seconds that their events ask for."""
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": signing_key,
        "AWS_SECRET_ACCESS_KEY": "test",
        **stage.settings(),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run(batch: dict[str, Any], seconds: float) -> tuple[list[str], list[str]]:
        # Tokens and random ids must differ from those of other tests: DynamoDB knows them again.
        effects = Effects.seeded(Effects.real().chance.getrandbits(32), NOON)
        app = Consumer(effects)
        begun: list[str] = []

        @app.on(ThingAsked, name="take-time")
        def on_thing_asked(asked: ThingAsked, unit: UnitOfWork) -> None:
            begun.append(asked.thing_id)
            effects.sleep_s(asked.amount)
            if asked.act == "changed-always":
                unit.get(f"thing#{asked.thing_id}", "thing")
                key = {"pk": {"S": f"thing#{asked.thing_id}"}, "sk": {"S": "thing"}}
                stage.put({**key, "_version": {"S": fresh()}})
            unit.put(f"thing#{asked.thing_id}", "thing", {"n": 1})

        answer = app.handler(batch, Invocation(effects, seconds))
        app._runtime.table._client.close()  # noqa: SLF001 - no test leaves a connection
        lines = [vars(line) for line in caplog.records]
        caplog.clear()
        reasons = [line["error_type"] for line in lines if line["message"] == "event failed"]
        held = sum(line["count"] for line in lines if line["message"] == "events held back")
        assert len(answer["batchItemFailures"]) == len(reasons) + held
        return begun, reasons

    return run


def events(count: int, seconds: int) -> dict[str, Any]:
    """A batch of events that take so long each."""
    return a_batch(*[an_event(f"e-{n}", thing_id=f"t-{n}", amount=seconds) for n in range(count)])


def test_events_for_which_there_is_no_time_are_not_begun(invoke: Invoke, stage: Stage) -> None:
    """Three of three seconds fit into ten with a second to spare: the others come again."""
    begun, reasons = invoke(events(6, seconds=3), seconds=10.5)

    assert begun == ["t-0", "t-1", "t-2"]
    assert reasons == ["OutOfTimeError"] * 3
    assert len(stage.marks()) == 3


def test_a_group_of_a_fifo_queue_stops_at_its_first_event_without_time(
    invoke: Invoke, stage: Stage
) -> None:
    """What follows is held back: one that is shorter must not be done before it."""
    asked = [an_event(f"e-{n}", thing_id=f"t-{n}", amount=3) for n in range(5)]
    batch = in_groups(*[("a", event) for event in asked])

    begun, reasons = invoke(batch, seconds=8)

    assert begun == ["t-0", "t-1"]
    assert reasons == ["OutOfTimeError"]
    assert len(stage.marks()) == 2


def test_the_slowest_so_far_says_how_long_the_next_may_take(invoke: Invoke) -> None:
    """After one of six seconds the next is not begun with five left, however short it is."""
    batch = a_batch(
        an_event("e-0", thing_id="t-0", amount=6), an_event("e-1", thing_id="t-1", amount=1)
    )

    begun, reasons = invoke(batch, seconds=11)

    assert begun == ["t-0"]
    assert reasons == ["OutOfTimeError"]


def test_one_slow_event_does_not_keep_later_invocations_from_starting(invoke: Invoke) -> None:
    """The measure is of this invocation alone: else a single outlier would stop everything."""
    first, _ = invoke(events(1, seconds=9), seconds=11)
    second, reasons = invoke(events(1, seconds=1), seconds=5)

    assert (first, second, reasons) == (["t-0"], ["t-0"], [])


def test_with_no_time_left_nothing_is_begun(invoke: Invoke, stage: Stage) -> None:
    """Not even the first."""
    begun, reasons = invoke(events(2, seconds=1), seconds=0.9)

    assert begun == []
    assert reasons == ["OutOfTimeError"] * 2
    assert stage.items() == {}


def test_a_run_is_not_repeated_when_there_is_no_time_for_it(invoke: Invoke) -> None:
    """Its item changes under each run of three seconds: eight have room for two."""
    batch = a_batch(an_event("e-0", thing_id="t-0", amount=3, act="changed-always"), attempt=2)

    begun, reasons = invoke(batch, seconds=8)

    assert begun == ["t-0", "t-0"]
    assert reasons == ["ConflictError"]
