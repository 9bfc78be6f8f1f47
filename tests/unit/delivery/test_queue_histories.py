"""Random histories of a queue, repeatable by their seed, against what must hold after each step."""

import random
from typing import Any

import pytest

from tests.virtual_aws import VirtualAws

SEEDS = range(12)
STEPS = 300
VISIBILITY_S = 30.0
GROUPS = "abc"


class History:
    """A queue and what its clients know about it."""

    def __init__(self, seed: int, *, is_fifo: bool) -> None:
        self.aws = VirtualAws(seed)
        self.choice = random.Random(seed)  # noqa: S311 - repeats from its seed
        self.is_fifo = is_fifo
        kind = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if is_fifo else {}
        self.queue = self.aws.queue("queue.fifo" if is_fifo else "queue", **kind)
        self.sent: list[str] = []
        self.gone: set[str] = set()
        self.hidden: dict[str, float] = {}
        """When each message in flight becomes visible."""
        self.handles: dict[str, str] = {}

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        """Calls SQS."""
        return self.aws.call("sqs", operation, QueueUrl=self.aws.url(self.queue), **given)

    def in_flight(self) -> set[str]:
        """Returns the bodies of messages that no client may receive now."""
        return {body for body, until in self.hidden.items() if until > self.aws.now}

    def send(self) -> None:
        """Sends a message that names its group."""
        body = f"{self.choice.choice(GROUPS)}{len(self.sent)}"
        self.aws.send(self.queue, body, **({"MessageGroupId": body[0]} if self.is_fifo else {}))
        self.sent.append(body)

    def receive(self) -> None:
        """Receives, and checks that each message may be received."""
        taken = [(one["Body"], one) for one in self.aws.receive(self.queue, 3)]
        locked = self.in_flight()
        for body, message in taken:
            assert body not in locked | self.gone
            assert not self.is_fifo or body[0] not in {other[0] for other in locked}
            self.hidden[body] = self.aws.now + VISIBILITY_S
            self.handles[body] = message["ReceiptHandle"]
        self.check_order([body for body, _ in taken])

    def check_order(self, taken: list[str]) -> None:
        """Checks that a group's messages come in the order in which they were sent."""
        if self.is_fifo:
            for group in {body[0] for body in taken}:
                waiting = [b for b in self.sent if b[0] == group and b not in self.gone]
                received = [body for body in taken if body[0] == group]
                assert received == waiting[: len(received)]

    def delete(self) -> None:
        """Deletes a message in flight."""
        for body in self.one_in_flight():
            self.call("DeleteMessage", ReceiptHandle=self.handles[body])
            self.gone.add(body)
            del self.hidden[body]

    def change(self) -> None:
        """Changes when a message in flight becomes visible."""
        for body in self.one_in_flight():
            seconds = self.choice.choice([0, 10, 60])
            handle = self.handles[body]
            self.call("ChangeMessageVisibility", ReceiptHandle=handle, VisibilityTimeout=seconds)
            self.hidden[body] = self.aws.now + seconds

    def one_in_flight(self) -> list[str]:
        """Returns a message in flight, or none."""
        return self.choice.sample(sorted(self.in_flight()), 1) if self.in_flight() else []

    def wait(self) -> None:
        """Lets time pass."""
        self.aws.advance(self.choice.choice([0, 1, 9, 31]))

    def purge(self) -> None:
        """Empties the queue, rarely."""
        if self.choice.random() < 0.1:
            self.aws.advance(60)
            self.call("PurgeQueue")
            self.gone.update(self.sent)
            self.hidden.clear()

    def check_counts(self) -> None:
        """Checks the counts that the queue shows."""
        shown = self.call("GetQueueAttributes", AttributeNames=["All"])["Attributes"]
        flying = len(self.in_flight())
        assert shown["ApproximateNumberOfMessagesNotVisible"] == str(flying)
        left = len(self.sent) - len(self.gone)
        assert shown["ApproximateNumberOfMessages"] == str(left - flying)


@pytest.mark.parametrize("kind", ["standard", "fifo"])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_history_loses_repeats_or_reorders_a_message(seed: int, kind: str) -> None:
    """All that was sent and not deleted is received in the end, and nothing before its time."""
    history = History(seed, is_fifo=kind == "fifo")
    actions = [history.send, history.receive, history.delete, history.change, history.wait]
    for _ in range(STEPS):
        history.choice.choice([*actions, history.send, history.purge])()
        history.check_counts()

    history.aws.advance(61)
    drained = [one["Body"] for one in history.aws.drain(history.queue)]

    assert sorted(drained) == sorted(set(history.sent) - history.gone)
