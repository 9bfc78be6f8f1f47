"""Queues and functions that keep what they receive."""

import random
from dataclasses import dataclass, field
from typing import cast

from trunklab.local.delivery.buses import Buses
from trunklab.local.delivery.context import Context
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.steps import ApiCall, ApiError, JsonObject

ACCOUNT = "123456789012"
REGION = "eu-west-1"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
DEAD_LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dlq"
OPEN: JsonObject = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "*",
            "Resource": "*",
        }
    ]
}


@dataclass
class Neighbours:
    """Serves as queues and as functions."""

    policies: dict[str, JsonObject | None] = field(
        default_factory=lambda: {QUEUE: OPEN, DEAD_LETTERS: OPEN}
    )
    errors: dict[str, ApiError] = field(default_factory=dict)
    """By the ARN that answers with it."""
    sent: dict[str, list[str]] = field(default_factory=dict)
    attributes: list[JsonObject | None] = field(default_factory=list)
    trace_headers: list[str | None] = field(default_factory=list)
    attempts: list[float] = field(default_factory=list)

    def exists(self, arn: str) -> bool:
        """True if it has a policy or none."""
        return arn in self.policies

    def policy(self, arn: str) -> JsonObject | None:
        """Returns the resource policy."""
        return self.policies[arn]

    def send(self, queue_arn: str, message: JsonObject, now: float) -> str:
        """Keeps the message."""
        if queue_arn == QUEUE:
            self.attempts.append(now)
        if queue_arn in self.errors:
            raise self.errors[queue_arn]
        self.sent.setdefault(queue_arn, []).append(message["MessageBody"])
        self.attributes.append(message.get("MessageAttributes"))
        system = message.get("MessageSystemAttributes", {})
        self.trace_headers.append(system.get("AWSTraceHeader", {}).get("StringValue"))
        return "message"

    def invoke_async(
        self, function_arn: str, payload: bytes, trace_header: str | None, now: float
    ) -> str:
        """Keeps the payload."""
        traced = {"AWSTraceHeader": {"StringValue": trace_header}}
        message = {"MessageBody": payload.decode(), "MessageSystemAttributes": traced}
        return self.send(function_arn, message, now)


class World:
    """A bus with one rule and its target, in virtual time."""

    def __init__(self, seed: int = 1, **target: object) -> None:
        self.context = Context(ACCOUNT, REGION, random.Random(seed), "http://127.0.0.1:1")  # noqa: S311 - repeats from its seed
        self.neighbours = Neighbours()
        queues = cast("Queues", self.neighbours)
        self.buses = Buses(self.context, queues, self.neighbours)
        self.now = 1_640_995_200.0
        self.call("PutRule", Name="r", EventPattern='{"source":["s"]}')
        if target:
            self.target(**target)

    def call(self, operation: str, **parameters: object) -> JsonObject:
        """Calls an operation of EventBridge."""
        response = self.buses.call(ApiCall(1, "events", operation, parameters), self.now)
        assert response is not None
        return response

    def target(self, **members: object) -> JsonObject:
        """Puts a target on the rule."""
        return self.call("PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": QUEUE, **members}])

    def put(self, detail: str = "{}", **members: object) -> JsonObject:
        """Publishes one event."""
        entry = {"Source": "s", "DetailType": "d", "Detail": detail, **members}
        return self.call("PutEvents", Entries=[entry])

    def run(self) -> None:
        """Lets everything happen that is due, however late."""
        while (due := self.context.next_due()) is not None:
            self.now = max(self.now, due)
            self.context.run_due(self.now)

    def bodies(self, arn: str = QUEUE) -> list[str]:
        """Returns what a queue or function received."""
        return self.neighbours.sent.get(arn, [])
