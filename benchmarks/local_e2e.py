"""Events per second through our delivery path and the bare emulator's, with one handler.

PutEvents, rule, SQS and the payments handler on our runtime, from the same package; DynamoDB is the
emulator's on both sides.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import local_bus
from benchmarks.errors import BenchmarkError
from benchmarks.orders import BATCH, Order, limits, make_orders
from benchmarks.packages import build
from benchmarks.report import Report
from benchmarks.sides import BUS, OURS
from trunklab import effects, settings
from trunklab.local.local_clients import client

EVENTS: Final = 1_000
WARM_UP: Final = 100
"""Events before those that are measured: they start the workers."""
_DONE_S_MAX: Final = 300.0
_POLL_S: Final = 0.05
_CONCURRENCY: Final = 5
_KEY: Final = [
    {"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))
]


@dataclass(frozen=True)
class Deployed:
    """The consumer on one side."""

    endpoint: str
    queue_url: str

    def rate(self, orders: Sequence[Order]) -> float:
        """Publishes the orders; returns how many a second came to their payments."""
        events, dynamodb = client("events", self.endpoint), client("dynamodb", self.endpoint)
        for row in limits(orders):
            dynamodb.put_item(TableName="payments", Item=row)
        began = effects.monotonic()
        for first in range(0, len(orders), BATCH):
            batch = orders[first : first + BATCH]
            events.put_events(Entries=[_entry(json.loads(one.message["body"])) for one in batch])
        self._wait_until_empty(began)
        spent_s = effects.monotonic() - began
        self._compare(dynamodb, orders)
        return len(orders) / spent_s

    def _wait_until_empty(self, began: float) -> None:
        queues = client("sqs", self.endpoint)
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        while effects.monotonic() < began + _DONE_S_MAX:
            asked = queues.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)
            if not any(int(asked["Attributes"][name]) for name in names):
                return
            effects.sleep(_POLL_S)
        raise BenchmarkError(f"{self.endpoint}: not all events handled in {_DONE_S_MAX:.0f} s")

    def _compare(self, dynamodb: Any, orders: Sequence[Order]) -> None:
        """Each order must have the one payment that it must have."""
        pages = dynamodb.get_paginator("scan").paginate(TableName="payments", ConsistentRead=True)
        found: dict[str, list[str]] = {}
        for page in pages:
            for item in page["Items"]:
                if item["pk"]["S"].startswith("payment#"):
                    order_id = item["pk"]["S"].removeprefix("payment#")
                    found.setdefault(order_id, []).append(item["outcome"]["S"])
        wrong = [one.order_id for one in orders if found.get(one.order_id) != [one.detail_type]]
        if wrong:
            raise BenchmarkError(f"{self.endpoint}: {len(wrong)} orders have a wrong payment")


def measure(scratch: Path, report: Report, rounds: int, events: int = EVENTS) -> None:
    """Alternates both sides, each time with new orders."""
    report.title(f"The local platform, end to end: {events:,} events to the payments handler")
    package = scratch / "local-e2e"
    build(OURS, package)
    code = Path(shutil.make_archive(str(package), "zip", package)).read_bytes()
    with ExitStack() as stack:
        sides = {
            "ours": stack.enter_context(_deployed(local_bus.ours(scratch), code)),
            "bare emulator": stack.enter_context(_deployed(local_bus.bare(scratch), code)),
        }
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for side in sides.values():
            side.rate(make_orders(WARM_UP, 0, effects.now()))
        for number in range(1, rounds + 1):
            for name, side in sides.items():
                rates[name].append(side.rate(make_orders(events, number, effects.now())))
    report.table(
        [f"median of {rounds}", "events/s", "from-to"],
        [
            [name, f"{median(found):.0f}", f"{min(found):.0f}-{max(found):.0f}"]
            for name, found in rates.items()
        ],
    )
    pairs = zip(rates["ours"], rates["bare emulator"], strict=True)
    report.keep("local_e2e", median(our / their for our, their in pairs))


@contextmanager
def _deployed(side: Any, code: bytes) -> Iterator[Deployed]:
    with side as (endpoint, _):
        yield Deployed(endpoint, _deploy(endpoint, code))


def _deploy(endpoint: str, code: bytes) -> str:
    """Makes what the templates of payments describe; returns the queue's URL."""
    kinds = [{"AttributeName": key["AttributeName"], "AttributeType": "S"} for key in _KEY]
    client("dynamodb", endpoint).create_table(
        TableName="payments",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=kinds,
        KeySchema=_KEY,
    )
    queues, events = client("sqs", endpoint), client("events", endpoint)
    policy = {"Policy": local_bus.QUEUE_POLICY, "VisibilityTimeout": "60"}
    url = queues.create_queue(QueueName="queue", Attributes=policy)["QueueUrl"]
    asked = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = asked["Attributes"]["QueueArn"]
    events.create_event_bus(Name=BUS)
    pattern = json.dumps({"source": ["shop.orders"], "detail-type": ["OrderPlaced"]})
    events.put_rule(Name="decide-payment", EventBusName=BUS, EventPattern=pattern)
    target = {"Id": "queue", "Arn": arn}
    events.put_targets(Rule="decide-payment", EventBusName=BUS, Targets=[target])
    variables = {
        **OURS.variables,
        "TRUNKLINE_QUEUE_URL": url,
        "TRUNKLINE_DLQ_URL": url,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
        "POWERTOOLS_SERVICE_NAME": "payments",
        "POWERTOOLS_METRICS_NAMESPACE": "Trunkline/bench",
    }
    functions = client("lambda", endpoint)
    functions.create_function(
        FunctionName="decide-payment",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{settings.LOCAL_ACCOUNT}:role/bench",
        Handler=OURS.handler,
        Timeout=10,
        MemorySize=512,
        Code={"ZipFile": code},
        Environment={"Variables": variables},
    )
    functions.create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName="decide-payment",
        BatchSize=BATCH,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": _CONCURRENCY},
    )
    return str(url)


def _entry(event: dict[str, Any]) -> dict[str, str]:
    return {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "EventBusName": BUS,
    }
