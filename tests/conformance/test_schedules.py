"""EventBridge Scheduler as in chapter 4.4 of the reference, as far as it is there."""

import json
from typing import Any

import pytest

from tests.virtual_aws import ROLE, START, VirtualAws
from trunklab.local.delivery.steps import ApiError

fact = pytest.mark.fact
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time; it starts on 2027-01-15 at 08:00."""
    return VirtualAws()


def create(aws: VirtualAws, expression: str, arn: str, **given: Any) -> dict[str, Any]:
    """Creates the schedule s."""
    target = {"Arn": arn, "RoleArn": ROLE, **given.pop("target", {})}
    return aws.call(
        *("scheduler", "CreateSchedule"),
        Name="s",
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        **given,
    )


@fact("4.4", "As")
@pytest.mark.parametrize(
    "expression",
    [
        *(
            "rate(10 seconds)",
            "rate(10 years)",
            "rate(1 minutes)",
            "rate(2 minute)",
            "rate(0 hours)",
        ),
        *("at(2021-12-31)", "at(2027-01-15T09:00:00Z)", "at(2027-13-01T00:00:00)", "soon"),
    ],
)
def test_an_invalid_expression_is_refused(aws: VirtualAws, expression: str) -> None:
    """With the expression."""
    with pytest.raises(ApiError) as caught:
        create(aws, expression, aws.queue("q"))

    assert caught.value.message == f"Invalid Schedule Expression {expression}."


def test_a_rate_fires_again_and_again(aws: VirtualAws) -> None:
    """The first time after one interval."""
    aws.function("f")
    create(aws, "rate(5 minutes)", FUNCTION)

    aws.advance(900)

    assert [when - START for when, _ in aws.invoked] == [300, 600, 900]


def test_a_time_in_a_zone_fires_once(aws: VirtualAws) -> None:
    """Ten o'clock in Berlin is nine in UTC."""
    queue = aws.queue("q")
    zone = {"ScheduleExpressionTimezone": "Europe/Berlin"}
    create(aws, "at(2027-01-15T10:00:00)", queue, target={"Input": '{"a": 1}'}, **zone)

    aws.advance(3_599)
    assert aws.drain(queue) == []
    aws.advance(1)

    assert [one["Body"] for one in aws.drain(queue)] == ['{"a": 1}']
    aws.advance(86_400)
    assert aws.drain(queue) == []


@fact("4.4", "Am")
def test_a_one_time_schedule_can_delete_itself(aws: VirtualAws) -> None:
    """After its target was called."""
    queue = aws.queue("q")
    create(aws, "at(2027-01-15T09:00:00)", queue, ActionAfterCompletion="DELETE")

    aws.advance(3_600)

    with pytest.raises(ApiError, match="Schedule s does not exist"):
        aws.call("scheduler", "GetSchedule", Name="s")


@fact("4.4", "C")
def test_context_attributes_are_filled_in(aws: VirtualAws) -> None:
    """ARN, time, execution and attempt."""
    queue = aws.queue("q")
    text = json.dumps(
        {
            "arn": "<aws.scheduler.schedule-arn>",
            "time": "<aws.scheduler.scheduled-time>",
            "attempt": "<aws.scheduler.attempt-number>",
        }
    )
    create(aws, "at(2027-01-15T09:00:00)", queue, target={"Input": text})
    aws.advance(3_600)

    (message,) = aws.drain(queue)

    assert json.loads(message["Body"]) == {
        "arn": "arn:aws:scheduler:us-east-1:000000000000:schedule/default/s",
        "time": "2027-01-15T09:00:00Z",
        "attempt": "1",
    }


@fact("4.4", "Am")
def test_a_target_that_is_gone_is_dead_lettered(aws: VirtualAws) -> None:
    """With its reason."""
    dead = aws.queue("dead")
    gone = dead.replace("dead", "gone")
    create(aws, "at(2027-01-15T09:00:00)", gone, target={"DeadLetterConfig": {"Arn": dead}})

    aws.advance(3_600)

    (letter,) = aws.drain(dead)
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "QueueDoesNotExist"


def test_a_disabled_schedule_does_not_fire(aws: VirtualAws) -> None:
    """Until it is enabled by an update."""
    queue = aws.queue("q")
    create(aws, "rate(1 minute)", queue, State="DISABLED")
    aws.advance(120)
    assert aws.drain(queue) == []

    aws.call(
        *("scheduler", "UpdateSchedule"),
        Name="s",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": ROLE},
    )
    aws.advance(60)

    assert len(aws.drain(queue)) == 1


def test_a_target_of_another_kind_is_refused(aws: VirtualAws) -> None:
    """Rather than accepted and never called."""
    with pytest.raises(ApiError, match="not there yet"):
        create(aws, "rate(1 hour)", "arn:aws:sns:us-east-1:000000000000:t")


@fact("4.4", "As")
def test_a_one_time_schedule_ignores_start_and_end(aws: VirtualAws) -> None:
    """Its time is in the expression."""
    queue = aws.queue("q")
    bounds: dict[str, Any] = {"StartDate": START + 7_200, "EndDate": START + 1}
    create(aws, "at(2027-01-15T09:00:00)", queue, **bounds)

    aws.advance(3_600)

    assert len(aws.drain(queue)) == 1


@fact("4.4", "C")
def test_a_time_in_the_past_is_accepted_and_never_comes(aws: VirtualAws) -> None:
    """At creation."""
    queue = aws.queue("q")
    create(aws, "at(2027-01-15T07:59:59)", queue)

    aws.advance(86_400)

    assert aws.drain(queue) == []


@fact("4.4", "Am")
def test_a_target_without_input_receives_the_default_notification(aws: VirtualAws) -> None:
    """In the form of a scheduled event."""
    aws.function("f")
    create(aws, "at(2027-01-15T09:00:00)", FUNCTION)

    aws.advance(3_600)

    ((_, start),) = aws.invoked
    event = json.loads(start.payload)
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "000000000000",
        "time": "2027-01-15T09:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/s"],
        "detail": "{}",
    }


@fact("4.4", "Am")
@pytest.mark.parametrize(
    "given",
    [
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 0}},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1_441}},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
        {"FlexibleTimeWindow": {"Mode": "SOMETIMES"}},
        {"StartDate": START + 60, "EndDate": START + 60},
        {"ScheduleExpressionTimezone": "Europe/Nowhere"},
        {"ScheduleExpressionTimezone": "Europe"},
        {"Target": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q.fifo", "RoleArn": ROLE}},
        {"Target": {"Arn": FUNCTION, "RoleArn": ROLE, "Input": '"' + "x" * 262_143 + '"'}},
        {"FlexibleTimeWindow": None},
        {"ActionAfterCompletion": "KEEP"},
        {"Target": {"Arn": FUNCTION}},
        {"Target": {"Arn": "text", "RoleArn": ROLE}},
        {"Target": {"Arn": "arn:aws", "RoleArn": ROLE}},
        {"Target": {"Arn": FUNCTION, "RoleArn": ROLE, "Input": "text"}},
        *(
            {"Target": {"Arn": FUNCTION, "RoleArn": ROLE, "RetryPolicy": policy}}
            for policy in (
                {"MaximumRetryAttempts": -1},
                {"MaximumRetryAttempts": 186},
                {"MaximumEventAgeInSeconds": 59},
                {"MaximumEventAgeInSeconds": 86_401},
            )
        ),
        {
            "Target": {
                "Arn": FUNCTION,
                "RoleArn": ROLE,
                "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q.fifo"},
            }
        },
    ],
)
def test_a_schedule_that_cannot_be_is_refused(aws: VirtualAws, given: dict[str, Any]) -> None:
    """And is not there."""
    valid = {
        "Name": "s",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": FUNCTION, "RoleArn": ROLE},
    }

    with pytest.raises(ApiError) as caught:
        aws.call("scheduler", "CreateSchedule", **valid | given)

    assert caught.value.code == "ValidationException"
    assert aws.call("scheduler", "ListSchedules")["Schedules"] == []
