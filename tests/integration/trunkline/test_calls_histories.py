"""Any history of deliveries, crashes, lost calls and pauses gives one answer."""

from contextlib import closing, suppress
from dataclasses import replace
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.trunkline.callers import CHARGE, INVOCATION_S, Charges, World, dynamodb_at
from tests.integration.trunkline.stepped import DiedError, Stepped
from tests.integration.trunkline.units import fresh
from tests.settings import examples
from trunkline.aws import AwsClient, AwsError
from trunkline.bounds import LEASE_SLACK_S
from trunkline.errors import RetryableError

TOGETHER: Final = 8
"""Workers that are under way at once."""

FAILURES: Final = (RetryableError, AwsError, DiedError, ZeroDivisionError)
"""What a delivery may end with; its event then comes again."""

FEW: Final = 3
"""Workers in a history with faults: few, so that each comes far enough for its fault to matter."""

LEASE_S: Final = INVOCATION_S + LEASE_SLACK_S + 0.001
"""After so many seconds a lease has ended."""

FAULTS: Final = ["dies", "loses", "fails", "time passes", "the lease ends"]

GOES_ON: Final = st.tuples(st.integers(0, TOGETHER - 1), st.just("goes on"))
HAPPENS: Final = st.tuples(st.integers(0, FEW - 1), st.sampled_from(["goes on"] * 10 + FAULTS))


class History:
    """Deliveries of one event to some workers; a worker that has ended takes the next one."""

    def __init__(self, dynamodb: AwsClient, table: str, together: int) -> None:
        self.world = World(dynamodb, table)
        self.charges = Charges()
        self.answers: list[Any] = []
        self.call_id = replace(CHARGE, cause_id=fresh())
        self.workers = [self._delivery() for _ in range(together)]

    def happens(self, index: int, what: str) -> None:
        """One thing happens to one worker, or to all."""
        worker = self.workers[index]
        if what == "dies":
            worker.die()
        elif what == "loses":
            worker.lose()
        elif what == "time passes":
            self.world.passes(INVOCATION_S / 2)
        elif what == "the lease ends":
            self.world.passes(LEASE_S)
        else:
            worker.raises = what == "fails"
            begins_call = worker.step() == "before call"
            assert not begins_call or worker.is_in_time
        if worker.is_over:
            self._ended(worker)
            self.workers[index] = self._delivery()

    def ends(self) -> None:
        """All faults are over: whoever is under way comes to its end, then the event comes again.

        A lease of a worker that died is waited for.
        """
        for worker in self.workers:
            while not worker.is_over:
                worker.step()
            self._ended(worker)
        self.world.passes(LEASE_S)
        self.answers.append(self._delivery().finish())

    def close(self) -> None:
        """Whatever became of it, no thread is left."""
        for worker in self.workers:
            worker.die()

    def _delivery(self) -> Stepped:
        return Stepped(self.world, self.charges, self.call_id)

    def _ended(self, worker: Stepped) -> None:
        with suppress(*FAILURES):
            self.answers.append(worker.finish())

    @property
    def calling(self) -> int:
        """How many workers, of those that Lambda lets run, make the call right now."""
        return sum(worker.is_calling for worker in self.workers)


def history(endpoint: str, table: str, together: int, steps: list[tuple[int, str]]) -> History:
    """Lets that happen, and sees that no two workers call at once."""
    with dynamodb_at(endpoint) as dynamodb, closing(History(dynamodb, table, together)) as one:
        for index, what in steps:
            one.happens(index, what)
            assert one.calling <= 1
        one.ends()
        return one


@settings(max_examples=examples(15, 1_000))  # each runs against DynamoDB
@given(steps=st.lists(GOES_ON, max_size=80))
def test_without_faults_any_interleaving_makes_one_call(
    endpoint: str, calls_table: str, steps: list[tuple[int, str]]
) -> None:
    """Eight workers on one event: the provider, which knows no keys, is called once."""
    seen = history(endpoint, calls_table, TOGETHER, steps)

    assert seen.charges.made == 1
    assert seen.answers == [{"charge": 1}] * len(seen.answers)


@settings(max_examples=examples(15, 1_000))
@given(steps=st.lists(HAPPENS, min_size=30, max_size=80))
def test_with_any_faults_there_is_one_answer_and_one_key(
    endpoint: str, calls_table: str, steps: list[tuple[int, str]]
) -> None:
    """A call is repeated only after a fault, never at the same time, and always with its key."""
    seen = history(endpoint, calls_table, FEW, steps)

    faults = sum(what != "goes on" for _index, what in steps)
    assert set(seen.charges.keys) == {seen.call_id.key}
    assert seen.charges.made <= 1 + faults
    assert len({answer["charge"] for answer in seen.answers}) == 1
