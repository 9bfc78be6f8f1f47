"""What a producer's template must be, so that no committed event stays in its outbox unseen."""

from collections.abc import Iterator
from typing import Final

from tests.unit.service_templates.consumer_invariants import (
    RETENTION_S_MAX,
    consumers,
    dead_letters_of,
)
from tests.unit.service_templates.plain_body import BUS_ARN
from tests.unit.service_templates.stack import Json, Stack, attribute, listed, target_of
from trunkline.measures import OLDEST_ROW

ROW_AGE_S_MAX: Final = 300
"""Seconds after which somebody must hear of an event that waits."""

SWEEP: Final = "trunkline.sweep.handler"

PUBLISHING: Final = {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"}
"""What publishing does to the table: it looks what must go first, and deletes what went."""


def sweeps(stack: Stack) -> Iterator[tuple[str, Json]]:
    """Every function that empties an outbox, with its properties."""
    for name, function in stack.functions.items():
        if function["Handler"] == SWEEP:
            yield name, function


def what_the_bus_refuses_is_kept(stack: Stack) -> Iterator[str]:
    """A row that can never be sent goes to a queue of its own, and somebody hears of it."""
    queues = stack.of("AWS::SQS::Queue")
    others = {dead_letters_of(stack, queue) for _, queue, _ in consumers(stack)}
    for name, function in sweeps(stack):
        letters = target_of(function["Environment"]["Variables"].get("TRUNKLINE_DLQ_URL"))
        if letters not in queues:
            yield f"{name} has no dead-letter queue in its stack"
            continue
        if letters in others or "RedrivePolicy" in queues[letters]:
            yield f"{letters} serves more than the outbox"
        if queues[letters].get("MessageRetentionPeriod") != RETENTION_S_MAX:
            yield f"{letters} keeps messages for less than 14 days"
        if "sqs:SendMessage" not in stack.actions_of(name, attribute(letters)):
            yield f"{name} may not send to {letters}"
        if not any(
            _watches(alarm, letters) for alarm in stack.of("AWS::CloudWatch::Alarm").values()
        ):
            yield f"no alarm watches {letters}"


def the_oldest_row_raises_an_alarm(stack: Stack) -> Iterator[str]:
    """It rings when an event waits too long, and when the sweep that would say so is silent."""
    metrics = {
        "Namespace": {"Fn::Sub": "Trunkline/${Stage}"},
        "MetricName": OLDEST_ROW,
        "Dimensions": [{"Name": "service", "Value": stack.name}],
        "Statistic": "Maximum",
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "breaching",
    }
    alarms = [
        alarm
        for alarm in stack.of("AWS::CloudWatch::Alarm").values()
        if alarm.items() >= metrics.items()
    ]
    for name, _ in sweeps(stack):
        if not alarms:
            yield f"no alarm watches the oldest row that {name} leaves"
    for alarm in alarms:
        if alarm["Threshold"] > ROW_AGE_S_MAX:
            yield f"an event may wait {alarm['Threshold']} s before anybody hears of it"
        if alarm["Period"] * alarm["EvaluationPeriods"] > ROW_AGE_S_MAX:
            yield "a sweep may be silent for more than five minutes before anybody hears of it"


def publishers_may_do_what_the_runtime_does(stack: Stack) -> Iterator[str]:
    """Without these rights each event would wait for the sweep, or be sent twice."""
    for name in stack.functions:
        if "events:PutEvents" in stack.actions_of(name, BUS_ARN):
            missing = PUBLISHING - stack.actions_of(name, attribute("Table"))
            if missing:
                yield f"{name} publishes and lacks {sorted(missing)} on its table"


def _watches(alarm: Json, queue: str) -> bool:
    return (
        alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and alarm.get("Threshold") == 0
        and any(target_of(one["Value"]) == queue for one in listed(alarm["Dimensions"]))
    )
