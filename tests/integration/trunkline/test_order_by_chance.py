"""The order within a subject over histories by chance: functions and sweeps at once, that die."""

import json
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.trunkline.interleaving import Actor, Stepped, interleaved
from tests.integration.trunkline.shaky_bus import ShakyBus
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.things import ThingDone
from tests.integration.trunkline.units import NOON
from tests.settings import seeds
from trunkline.aws import AwsRefusedError
from trunkline.bus import Bus
from trunkline.calls import Calls
from trunkline.cause import Cause
from trunkline.commit import Committer
from trunkline.dead_letters import DeadLetters
from trunkline.deadline import Deadline
from trunkline.drain import Drain
from trunkline.effects import Effects
from trunkline.errors import RetryableError
from trunkline.measures import Measures
from trunkline.observability import make_logger, make_tracer
from trunkline.outbox import partitions
from trunkline.relay import Relay
from trunkline.runtime import Runtime
from trunkline.settings import Settings
from trunkline.source_queue import SourceQueue
from trunkline.table import Table
from trunkline.unit_of_work import UnitOfWork

SUBJECTS = ("t-1", "t-2")
FUNCTIONS, SWEEPS, SWEEPS_EACH = 9, 2, 4
DEATH = 0.02
"""Of all steps."""

AN_HOUR = Deadline(lambda: 3_600.0)
TRACEPARENT = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
RUNS_MAX = 20


class Dynamo:
    """The emulator's DynamoDB; it keeps in which order events were committed."""

    def __init__(self, client: Any) -> None:
        self.committed: defaultdict[str, list[str]] = defaultdict(list)
        self._client = client

    def __getattr__(self, name: str) -> Any:
        """Any other call."""
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        """A commit: from here on its events exist."""
        try:
            answer = self._client.transact_write_items(**request)
        except ClientError as error:
            raise AwsRefusedError("cancelled", "TransactWriteItems", 400, error.response) from error
        for action in request["TransactItems"]:
            detail = action.get("Put", {}).get("Item", {}).get("detail")
            if detail:
                metadata = json.loads(detail["S"])["metadata"]
                self.committed[metadata["subject"]].append(metadata["event_id"])
        return answer


class World:
    """One service, its bus, and the processes that work at once."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - no secrets
        self.bus = ShakyBus(self.chance)
        self.dynamo = Dynamo(stage.clients.dynamodb)
        self._settings = Settings("things", "test.things", stage.name, "bus", 30, "dlq", "")

    def runtime(self, actor: Actor | None = None) -> Runtime:
        """A process of the service: its clock is a little off, its calls are stops of the actor."""
        skew = timedelta(seconds=self.chance.uniform(-3, 3))
        effects = Effects.seeded(self.chance.getrandbits(32), NOON + skew)
        dynamo, bus = (Stepped(actor, one) if actor else one for one in (self.dynamo, self.bus))
        table, log = Table(self._settings.table, dynamo, effects), make_logger("things")
        tracer = make_tracer("things", effects)
        calls = Calls("", lambda: dynamo, effects, 30)
        return Runtime(
            settings=self._settings,
            effects=effects,
            log=log,
            tracer=tracer,
            measures=Measures("things"),
            table=table,
            relay=Relay(Bus("bus", bus, effects), table, log),
            committer=Committer(self._settings, table, calls, effects, tracer),
            dead_letters=DeadLetters("dlq", "", lambda: bus),
            queue=SourceQueue("", lambda: bus, log),
        )

    def function(self, actor: Actor, number: int, subjects: list[str]) -> None:
        """Commits an event of each of the subjects, then publishes them."""
        cause = Cause(f"h-{number}", "cause", "corr-1", TRACEPARENT, None, ordered=True)
        runtime = self.runtime(actor)

        def work(_unit: UnitOfWork) -> list[ThingDone]:
            return [ThingDone(thing_id=subject) for subject in subjects]

        try:
            committed = runtime.committer.commit(cause, work, AN_HOUR)
        except RetryableError:
            return  # too many at once: nothing happened
        runtime.relay.send(committed.rows, AN_HOUR)

    def swept(self, actor: Actor) -> None:
        """Empties the outbox again and again, as one of the processes."""
        for _ in range(SWEEPS_EACH):
            self.sweep(actor)

    def sweep(self, actor: Actor | None = None) -> int:
        """Empties the outbox; answers how many rows it saw."""
        drain = Drain(self.runtime(actor), AN_HOUR)
        drain.run(partitions(), cutoff="9")
        return drain.published + drain.left + drain.given_up

    def actors(self) -> list[Actor]:
        """All processes, each at its beginning."""
        works: list[Callable[[Actor], None]] = [self.swept] * SWEEPS
        for number in range(FUNCTIONS):
            subjects = self.chance.choices(SUBJECTS, k=self.chance.choice([1, 1, 2]))
            works.append(partial(self.function, number=number, subjects=subjects))
        return [Actor(work) for work in works]


@pytest.mark.parametrize("seed", seeds(5, 400))
def test_the_first_time_of_each_event_is_in_the_order_of_the_commits(
    stage: Stage, seed: int
) -> None:
    """Whoever sends, dies or fails when: all arrive, in order, and what never can is given up."""
    world = World(stage, seed)
    interleaved(world.actors(), world.chance, DEATH)
    world.bus.calm = True
    runs = 0
    while world.sweep() and runs < RUNS_MAX:
        runs += 1

    first_times = list(dict.fromkeys(world.bus.seen))
    poison = {one for one in first_times if world.bus.is_poison(one)}
    committed = world.dynamo.committed
    assert runs < RUNS_MAX
    for subject in SUBJECTS:
        assert [one for one in first_times if one in committed[subject]] == committed[subject]
    assert set(world.bus.given_up) == poison
    assert len(first_times) == sum(map(len, committed.values()))
    assert stage.outbox() == []
