"""Random histories of a mapping whose function succeeds, fails, reports, hangs and is throttled."""

import json
import random
from typing import Any

import pytest

from tests.virtual_aws import VirtualAws
from tests.virtual_consumer import REPORTS, Consumer
from trunklab.local.delivery.steps import JsonObject

SEEDS = range(10)
STEPS = 150
RECEIVES_MAX = 4
GROUPS = "abc"


class History:
    """A consumer, and which of its messages it has finished."""

    def __init__(self, seed: int, *, is_fifo: bool) -> None:
        self.aws = VirtualAws(seed)
        self.choice = random.Random(seed)  # noqa: S311 - repeats from its seed
        self.is_fifo = is_fifo
        kind = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if is_fifo else {}
        self.dead = self.aws.queue("dead.fifo" if is_fifo else "dead", **kind)
        policy = {"deadLetterTargetArn": self.dead, "maxReceiveCount": RECEIVES_MAX}
        attributes = {"RedrivePolicy": json.dumps(policy)}
        scaling = {"ScalingConfig": {"MaximumConcurrency": 3}, "BatchSize": 4}
        self.consumer = Consumer(
            self.aws, self.handle, queue=attributes, fifo=is_fifo, **scaling, **REPORTS
        )
        self.aws.held = []
        self.sent: list[str] = []
        self.finished: list[str] = []

    def handle(self, records: list[JsonObject]) -> Any:
        """Finishes all messages, some of them or none."""
        ids = [record["messageId"] for record in records]
        first_failed = self.choice.choice([0, len(ids) // 2, len(ids), len(ids), len(ids)])
        self.finished += [record["body"] for record in records[:first_failed]]
        if first_failed == 0:
            raise ValueError("no")
        return {"batchItemFailures": [{"itemIdentifier": one} for one in ids[first_failed:]]}

    def send(self) -> None:
        """Sends a message that names its group."""
        body = f"{self.choice.choice(GROUPS)}{len(self.sent)}"
        group = {"MessageGroupId": body[0]} if self.is_fifo else {}
        self.aws.send(self.consumer.queue, body, **group)
        self.sent.append(body)

    def end(self) -> None:
        """Ends an invocation that runs."""
        assert self.aws.held is not None
        if self.aws.held:
            self.aws.end(self.aws.held.pop(self.choice.randrange(len(self.aws.held))))

    def wait(self) -> None:
        """Lets time pass."""
        self.aws.advance(self.choice.choice([0, 0.5, 2, 9]))

    def throttle(self) -> None:
        """Changes how many invocations the function may have."""
        executions = self.choice.choice([0, 1, 5])
        given = {"FunctionName": "f", "ReservedConcurrentExecutions": executions}
        self.aws.call("lambda", "PutFunctionConcurrency", **given)

    def settle(self) -> list[str]:
        """Lets everything end; returns the bodies of the dead letters."""
        self.aws.call("lambda", "DeleteFunctionConcurrency", FunctionName="f")
        for _ in range(20 * RECEIVES_MAX):
            while self.aws.held:
                self.end()
            self.aws.advance(15)
        return [one["Body"] for one in self.aws.drain(self.dead)]


@pytest.mark.parametrize("kind", ["standard", "fifo"])
@pytest.mark.parametrize("seed", SEEDS)
def test_each_message_is_finished_or_dead_lettered(seed: int, kind: str) -> None:
    """None is lost, and none stays in the queue or in the mapping."""
    history = History(seed, is_fifo=kind == "fifo")
    actions = [history.send, history.send, history.end, history.end, history.wait]
    for _ in range(STEPS):
        history.choice.choice([*actions, *actions, history.throttle])()
        assert len(history.aws.held or []) <= 3

    dead = history.settle()

    assert history.consumer.left == 0
    assert set(history.finished) | set(dead) == set(history.sent)
    assert len(dead) == len(set(dead))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_group_is_finished_in_its_order(seed: int) -> None:
    """Where a handler reports each message after the first that failed."""
    history = History(seed, is_fifo=True)
    actions = [history.send, history.end, history.end]
    for _ in range(STEPS):
        history.choice.choice(actions)()

    dead = set(history.settle())

    for group in GROUPS:
        finished = [body for body in history.finished if body[0] == group]
        first = list(dict.fromkeys(body for body in finished if body not in dead))
        assert first == [b for b in history.sent if b[0] == group and b not in dead]
