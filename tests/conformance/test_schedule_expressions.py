"""Schedule expressions of rules and of Scheduler, chapters 3.2 and 4.4 of the reference."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.virtual_aws import ROLE, START, VirtualAws
from trunklab.local.delivery.cron_expressions import Cron

fact = pytest.mark.fact

INVALID = (
    *("rate(10 seconds)", "rate(10 years)", "rate(1 minutes)", "rate(1 hours)", "rate(1 days)"),
    *("rate(10 minute)", "rate(10 hour)", "rate(10 day)", "rate()", "rate(10)", "rate(0 minutes)"),
    *("rate(10 minutess)", "rate(foo minutes)", "rate(-10 minutes)", "rate(10 MINUTES)"),
    *("rate( 10 minutes )", " rate(10 minutes)", "cron(0 1 * * * *)", "cron(7 20 * * NOT *)"),
    *("cron(INVALID)", "cron(0 dummy ? * MON-FRI *)", "cron(71 8 1 * ? *)", "cron()"),
    *("cron(0 2 ? * SAT#6 *)", "cron(0 2 ? ? * *)", "cron(0 0 32 * ? *)", "cron(0 0 0 * ? *)"),
    *("cron(0 0 ? * 8 *)", "cron(0 0 ? * 0 *)", "cron(0 24 * * ? *)", "cron(0 0 * 13 ? *)"),
    *("cron(0 0 * * ? 1969)", "cron(0 0 * * ? 2200)", "cron(0/0 * * * ? *)", "cron(0 0 ? * 2# *)"),
    *("cron(0 0 ? * MON-FRI#2 *)", "cron(? 0 * * ? *)", "cron(0 0 * * ?)", "cron(0 0 ? * ? *)"),
)

VALID = (
    *("rate(1 minute)", "rate(5 minutes)", "rate(1 hour)", "rate(36 hours)", "rate(1 day)"),
    *("cron(0 10 * * ? *)", "cron(0 18 ? * MON-FRI *)", "cron(0/15 * * * ? *)"),
    *("cron(0/5 8-17 ? * MON-FRI *)", "cron(0/30 20-2 ? * MON-FRI *)", "cron(0-15/1 * * * ? *)"),
    *("cron(15 10 ? * 6L 2002-2005)", "cron(0 2 ? * SAT#3 *)", "cron(* * ? * SAT#3 *)"),
)


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time; it starts on Friday, 2027-01-15, at 08:00."""
    return VirtualAws()


@fact("3.2", "As")
@pytest.mark.parametrize("expression", INVALID)
def test_a_rule_refuses_an_invalid_expression(aws: VirtualAws, expression: str) -> None:
    """The rule is not created."""
    error = aws.refusal("events", "PutRule", Name="r", ScheduleExpression=expression)

    assert error.code == "ValidationException"
    assert error.message == "Parameter ScheduleExpression is not valid."
    assert aws.call("events", "ListRules")["Rules"] == []


@fact("4.4", "As")
@pytest.mark.parametrize("expression", [one for one in INVALID if "cron" in one])
def test_scheduler_refuses_an_invalid_cron(aws: VirtualAws, expression: str) -> None:
    """The error shows the expression."""
    error = aws.refusal(
        *("scheduler", "CreateSchedule"),
        Name="s",
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": aws.queue("q"), "RoleArn": ROLE},
    )

    assert error.message == f"Invalid Schedule Expression {expression}."


@fact("3.2", "As")
@pytest.mark.parametrize("expression", VALID)
def test_a_rule_keeps_a_valid_expression(aws: VirtualAws, expression: str) -> None:
    """DescribeRule returns it; a year in the past is valid."""
    aws.call("events", "PutRule", Name="r", ScheduleExpression=expression)

    assert aws.call("events", "DescribeRule", Name="r")["ScheduleExpression"] == expression


@fact("3.2", "As")
def test_a_schedule_needs_the_default_bus(aws: VirtualAws) -> None:
    """A custom bus refuses it."""
    aws.call("events", "CreateEventBus", Name="b")

    error = aws.refusal(
        "events", "PutRule", Name="r", EventBusName="b", ScheduleExpression="rate(1 minute)"
    )

    assert error.message == "ScheduleExpression is supported only on the default event bus."


@fact("3.2", "As")
@pytest.mark.parametrize("expression", ["rate(30 minutes)", "cron(0/30 * * * ? *)"])
def test_a_scheduled_event_names_its_rule(aws: VirtualAws, expression: str) -> None:
    """Its detail is empty."""
    queue = aws.queue("q")
    rule_arn = aws.call("events", "PutRule", Name="r", ScheduleExpression=expression)["RuleArn"]
    target = {"Id": "1", "Arn": queue, "InputPath": "$.detail-type"}
    whole = {"Id": "2", "Arn": queue}
    aws.call("events", "PutTargets", Rule="r", Targets=[target, whole])

    aws.advance(1_800)

    shaped, body = sorted((one["Body"] for one in aws.drain(queue)), key=len)
    assert shaped == '"Scheduled Event"'
    assert '"source":"aws.events","account":"000000000000","time":"2027-01-15T08:30:00Z"' in body
    assert body.endswith(f'"resources":["{rule_arn}"],"detail":{{}}}}')


def test_a_disabled_rule_has_no_runs(aws: VirtualAws) -> None:
    """DisableRule ends them, EnableRule begins them again."""
    queue = aws.queue("q")
    aws.call("events", "PutRule", Name="r", ScheduleExpression="cron(* * * * ? *)")
    aws.call("events", "PutTargets", Rule="r", Targets=[{"Id": "1", "Arn": queue}])
    aws.call("events", "DisableRule", Name="r")
    aws.advance(600)
    assert aws.drain(queue) == []

    aws.call("events", "EnableRule", Name="r")
    aws.advance(120)

    assert len(aws.drain(queue)) == 2


@pytest.mark.parametrize(
    ("fields", "runs"),
    [
        ("15 10 * * ? *", ["01-15 10:15", "01-16 10:15"]),
        ("0/40 8 ? * FRI *", ["01-15 08:40", "01-22 08:00"]),
        ("0 2 ? * SAT#3 *", ["01-16 02:00", "02-20 02:00"]),
        ("0 2 ? * 6L *", ["01-29 02:00", "02-26 02:00"]),
        ("0 2 ? * L *", ["01-16 02:00", "01-23 02:00"]),
        ("0 2 L * ? *", ["01-31 02:00", "02-28 02:00"]),
        ("0 2 LW * ? *", ["01-29 02:00", "02-26 02:00"]),
        ("0 2 31W * ? *", ["01-29 02:00", "03-31 02:00"]),
        ("0 2 1W MAY ? 2027", ["05-03 02:00"]),
        ("0 23-1 ? * MON *", ["01-18 00:00", "01-18 01:00"]),
        ("0 2 30 2 ? *", []),
        ("0 2 * * ? 2026", []),
    ],
)
def test_a_cron_runs_at_its_times(fields: str, runs: list[str]) -> None:
    """L is the last, W the nearest workday, # the weekday's number; ranges may wrap."""
    assert runs_of(fields) == runs


@pytest.mark.parametrize(
    ("fields", "runs"),
    [
        ("30 2 27-29 3 ? 2027", ["03-27 01:30", "03-29 00:30"]),
        ("30 2 30-31 10 ? 2027", ["10-30 00:30", "10-31 00:30"]),
    ],
)
def test_a_clock_change_skips_or_merges_runs(fields: str, runs: list[str]) -> None:
    """A time in Berlin that does not exist has no run; one that occurs twice has one."""
    assert runs_of(fields, "Europe/Berlin") == runs


def runs_of(fields: str, zone: str = "UTC") -> list[str]:
    """Returns the first runs of a cron, at most two, in UTC."""
    cron = Cron.parse(fields, ZoneInfo(zone))
    runs: list[str] = []
    after = cron.following(START)
    while after is not None and len(runs) < 2:
        runs.append(datetime.fromtimestamp(after, UTC).strftime("%m-%d %H:%M"))
        after = cron.following(after)
    return runs
