"""Runs of schedules: when they happen, and what becomes of those that fail."""

from typing import Any

import pytest

from tests.virtual_aws import ROLE, START, VirtualAws
from trunklab.local.delivery.steps import ApiError, JsonObject

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
BUSY = ApiError("ServiceException", "busy", 500)


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time; it starts on 2027-01-15 at 08:00."""
    return VirtualAws()


def put(
    aws: VirtualAws, expression: str, arn: str, operation: str = "CreateSchedule", **given: Any
) -> JsonObject:
    """Creates or updates the schedule s."""
    return aws.call(
        *("scheduler", operation),
        Name="s",
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, **given.pop("target", {})},
        **given,
    )


class Broken:
    """Takes the place of the functions' queue of invocations; refuses each attempt."""

    def __init__(
        self, aws: VirtualAws, monkeypatch: pytest.MonkeyPatch, error: ApiError = BUSY
    ) -> None:
        self.aws = aws
        self.error: ApiError | None = error
        self.attempts: list[float] = []
        monkeypatch.setattr(aws.core.functions, "invoke_async", self.invoke_async)

    def invoke_async(self, *_given: object) -> str:
        """Keeps the time of the attempt."""
        self.attempts.append(self.aws.now - START)
        if self.error:
            raise self.error
        return "id"


def dead_letters(aws: VirtualAws, **policy: int) -> tuple[str, JsonObject]:
    """Returns a dead-letter queue and the members of a target that name it."""
    queue = aws.queue("dead")
    return queue, {"DeadLetterConfig": {"Arn": queue}, "RetryPolicy": policy}


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_run_is_retried_as_often_as_its_policy_says(
    aws: VirtualAws, monkeypatch: pytest.MonkeyPatch, retries: int
) -> None:
    """The first attempt is not a retry; the dead letter counts them."""
    broken = Broken(aws, monkeypatch)
    queue, target = dead_letters(aws, MaximumRetryAttempts=retries)
    put(aws, "at(2027-01-15T09:00:00)", FUNCTION, target=target)

    aws.advance(7_200)

    assert len(broken.attempts) == 1 + retries
    (letter,) = aws.drain(queue)
    assert letter["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == str(retries)


def test_a_run_is_given_up_at_its_maximum_age(
    aws: VirtualAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many retries are left."""
    broken = Broken(aws, monkeypatch)
    queue, target = dead_letters(aws, MaximumEventAgeInSeconds=60)
    put(aws, "at(2027-01-15T09:00:00)", FUNCTION, target=target)

    aws.advance(7_200)

    assert len(broken.attempts) > 3
    assert broken.attempts[-1] <= 3_660
    assert len(aws.drain(queue)) == 1


def test_an_error_that_stays_is_not_retried(
    aws: VirtualAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that is not there will not be there."""
    gone = ApiError("ResourceNotFoundException", "Function not found", 404)
    broken = Broken(aws, monkeypatch, gone)
    queue, target = dead_letters(aws)
    put(aws, "at(2027-01-15T09:00:00)", FUNCTION, target=target)

    aws.advance(3_600)

    assert broken.attempts == [3_600]
    assert len(aws.drain(queue)) == 1


def test_a_schedule_deletes_itself_only_after_its_last_attempt(
    aws: VirtualAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry still needs it."""
    broken = Broken(aws, monkeypatch)
    put(aws, "at(2027-01-15T09:00:00)", FUNCTION, ActionAfterCompletion="DELETE")
    aws.advance(3_600)
    assert aws.call("scheduler", "GetSchedule", Name="s")["Name"] == "s"

    broken.error = None
    aws.advance(10)

    with pytest.raises(ApiError, match="does not exist"):
        aws.call("scheduler", "GetSchedule", Name="s")


@pytest.mark.parametrize(
    ("expression", "members"),
    [
        ("rate(5 seconds)", {}),
        ("at(soon)", {}),
        ("cron(0 12 * * * *)", {}),
        ("rate(2 minutes)", {"target": {"Arn": "arn:aws:sns:us-east-1:000000000000:t"}}),
        ("at(2027-01-15T09:00:00)", {"ScheduleExpressionTimezone": "Europe/Nowhere"}),
    ],
)
def test_a_refused_update_leaves_the_schedule_running(
    aws: VirtualAws, expression: str, members: dict[str, Any]
) -> None:
    """As it was."""
    queue = aws.queue("q")
    put(aws, "rate(1 minute)", queue)
    with pytest.raises(ApiError):
        put(aws, expression, queue, "UpdateSchedule", **members)

    aws.advance(120)

    assert len(aws.drain(queue)) == 2


def test_an_update_replaces_the_times(aws: VirtualAws) -> None:
    """The old ones are over; the schedule keeps the time of its creation."""
    queue = aws.queue("q")
    put(aws, "rate(1 minute)", queue)
    aws.advance(30)
    put(aws, "rate(5 minutes)", queue, "UpdateSchedule")

    aws.advance(299)
    assert aws.drain(queue) == []
    aws.advance(1)

    assert len(aws.drain(queue)) == 1
    assert aws.call("scheduler", "GetSchedule", Name="s")["CreationDate"] == START


def test_a_deleted_schedule_never_runs(aws: VirtualAws) -> None:
    """Also one whose next run was planned."""
    queue = aws.queue("q")
    put(aws, "rate(1 minute)", queue)

    aws.call("scheduler", "DeleteSchedule", Name="s")
    aws.advance(600)

    assert aws.drain(queue) == []


def test_a_deleted_group_takes_its_schedules_along(aws: VirtualAws) -> None:
    """The default group stays."""
    queue = aws.queue("q")
    aws.call("scheduler", "CreateScheduleGroup", Name="g")
    put(aws, "rate(1 minute)", queue, GroupName="g")

    aws.call("scheduler", "DeleteScheduleGroup", Name="g")
    aws.advance(600)

    assert aws.drain(queue) == []
    with pytest.raises(ApiError, match="default"):
        aws.call("scheduler", "DeleteScheduleGroup", Name="default")


def test_a_rate_runs_between_its_start_and_its_end(aws: VirtualAws) -> None:
    """Both inclusive; with DELETE it is gone afterwards."""
    queue = aws.queue("q")
    bounds: dict[str, Any] = {"StartDate": START + 600, "EndDate": START + 720}
    put(aws, "rate(1 minute)", queue, ActionAfterCompletion="DELETE", **bounds)

    aws.advance(599)
    before = len(aws.drain(queue))
    aws.advance(600)

    assert (before, len(aws.drain(queue))) == (0, 3)
    assert aws.call("scheduler", "ListSchedules")["Schedules"] == []


@pytest.mark.parametrize("slept", [3_600, 3_601, 7_199])
def test_a_rate_runs_once_after_the_machine_slept(aws: VirtualAws, slept: int) -> None:
    """Missed times are not made up for; the next one is on the old beat."""
    queue = aws.queue("queue")
    put(aws, "rate(60 minutes)", queue)
    aws.now += 86_400 + slept

    aws.advance(0)
    assert len(aws.drain(queue)) == 1
    aws.advance(7_200 - slept - 1)
    assert aws.drain(queue) == []
    aws.advance(1)
    assert len(aws.drain(queue)) == 1
