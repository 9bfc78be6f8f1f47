"""Defaults, paging and response shapes of the `events` API, chapters 2.7, 3.1 and 4.7."""

import json
from typing import Any

import pytest

from tests.virtual_aws import ACCOUNT, REGION, ROLE, START, VirtualAws

fact = pytest.mark.fact
ARN = f"arn:aws:events:{REGION}:{ACCOUNT}"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
TARGET = {"Id": "1", "Arn": QUEUE}
PATTERN = '{"source":["app"]}'


@pytest.fixture
def aws() -> VirtualAws:
    """An account with the rule `rule`, which sends to the queue q."""
    aws = VirtualAws()
    aws.rule({"Id": "1", "Arn": aws.queue("q")})
    return aws


@fact("3.1", "As")
def test_a_bus_shows_name_arn_and_times(aws: VirtualAws) -> None:
    """Settings as far as they are given; no policy while there is none."""
    made = aws.call("events", "CreateEventBus", Name="b")
    aws.advance(5)
    aws.call("events", "UpdateEventBus", Name="b", Description="d")

    assert made == {"EventBusArn": f"{ARN}:event-bus/b"}
    assert aws.call("events", "DescribeEventBus", Name="b") == {
        "Name": "b",
        "Arn": f"{ARN}:event-bus/b",
        "CreationTime": START,
        "LastModifiedTime": START + 5,
        "Description": "d",
    }
    error = aws.refusal("events", "CreateEventBus", Name="b")
    assert error.code == "ResourceAlreadyExistsException"
    assert error.message == "Event bus b already exists."


@fact("3.1", "As")
@pytest.mark.parametrize(("bus", "place"), [("default", ""), ("b", "b/")])
def test_a_described_rule_names_its_creator(aws: VirtualAws, bus: str, place: str) -> None:
    """ListRules does not; the ARN holds a custom bus."""
    if bus != "default":
        aws.call("events", "CreateEventBus", Name=bus)
    aws.call("events", "PutRule", Name="r", EventPattern=PATTERN, EventBusName=bus)

    described = aws.call("events", "DescribeRule", Name="r", EventBusName=bus)

    rule = {
        "Name": "r",
        "Arn": f"{ARN}:rule/{place}r",
        "EventPattern": PATTERN,
        "State": "ENABLED",
        "EventBusName": bus,
    }
    assert described == rule | {"CreatedBy": ACCOUNT}
    assert rule in aws.call("events", "ListRules", EventBusName=bus)["Rules"]


@fact("3.1", "As")
def test_a_rule_with_an_existing_name_replaces_it(aws: VirtualAws) -> None:
    """Omitted members are reset; targets remain."""
    aws.call(
        *("events", "PutRule"),
        Name="rule",
        EventPattern=PATTERN,
        State="DISABLED",
        Description="d",
        RoleArn=ROLE,
    )
    aws.call("events", "PutRule", Name="rule", EventPattern='{"source":["other"]}')

    (rule,) = aws.call("events", "ListRules")["Rules"]
    assert rule == {
        "Name": "rule",
        "Arn": f"{ARN}:rule/rule",
        "EventPattern": '{"source":["other"]}',
        "State": "ENABLED",
        "EventBusName": "default",
    }
    assert aws.call("events", "ListTargetsByRule", Rule="rule")["Targets"] == [TARGET]


@fact("3.1", "Am")
def test_deleting_a_missing_rule_succeeds(aws: VirtualAws) -> None:
    """On a bus that exists."""
    assert aws.call("events", "DeleteRule", Name="x") == {}


@fact("3.1", "As")
def test_a_target_with_an_existing_id_replaces_it(aws: VirtualAws) -> None:
    """One ARN under two ids is delivered to twice."""
    shaped = TARGET | {"Input": '"a"'}
    assert aws.call("events", "PutTargets", Rule="rule", Targets=[shaped]) == {
        "FailedEntryCount": 0,
        "FailedEntries": [],
    }
    aws.call("events", "PutTargets", Rule="rule", Targets=[shaped | {"Id": "2", "Input": '"b"'}])
    aws.publish()

    assert sorted(one["Body"] for one in aws.drain(QUEUE)) == ['"a"', '"b"']


@fact("3.1", "As")
@pytest.mark.parametrize(
    ("operation", "given", "name", "total"),
    [
        ("ListEventBuses", {}, "EventBuses", 4),
        ("ListEventBuses", {"NamePrefix": "b"}, "EventBuses", 3),
        ("ListRules", {}, "Rules", 4),
        ("ListRules", {"NamePrefix": "b"}, "Rules", 3),
        ("ListTargetsByRule", {"Rule": "rule"}, "Targets", 4),
        ("ListRuleNamesByTarget", {"TargetArn": QUEUE}, "RuleNames", 4),
        ("ListArchives", {}, "Archives", 3),
    ],
)
def test_lists_are_paged(
    aws: VirtualAws, operation: str, given: dict[str, Any], name: str, total: int
) -> None:
    """The last page has no token; a token that no page had is refused."""
    for bus in ("b1", "b2", "b3"):
        target = TARGET | {"Id": bus}
        aws.call("events", "CreateEventBus", Name=bus)
        aws.call("events", "PutRule", Name=bus, EventPattern=PATTERN)
        aws.call("events", "PutTargets", Rule=bus, Targets=[target])
        aws.call("events", "PutTargets", Rule="rule", Targets=[target])
        aws.call(
            "events", "CreateArchive", ArchiveName=bus, EventSourceArn=f"{ARN}:event-bus/{bus}"
        )

    whole = aws.call("events", operation, **given)
    first = aws.call("events", operation, Limit=total - 1, **given)
    token = first["NextToken"]
    last = aws.call("events", operation, Limit=total - 1, NextToken=token, **given)

    assert len(whole[name]) == total
    assert first[name] + last[name] == whole[name]
    assert "NextToken" not in whole | last
    assert aws.refusal("events", operation, NextToken="?", **given).code == "ValidationException"


@fact("3.1", "As")
def test_no_rule_names_for_a_target_of_no_rule(aws: VirtualAws) -> None:
    """An empty list."""
    found = aws.call("events", "ListRuleNamesByTarget", TargetArn=f"{QUEUE}x")

    assert found == {"RuleNames": []}


@fact("3.1", "Ad")
@pytest.mark.parametrize(
    ("operation", "given", "maximum"),
    [
        ("CreateEventBus", {}, 99),
        ("PutRule", {"EventPattern": PATTERN}, 299),
    ],
)
def test_buses_and_rules_are_limited(
    aws: VirtualAws, operation: str, given: dict[str, Any], maximum: int
) -> None:
    """Besides those that exist: the default bus, and the rule."""
    for number in range(maximum):
        aws.call("events", operation, Name=f"n{number}", **given)

    error = aws.refusal("events", operation, Name="more", **given)

    assert error.code == "LimitExceededException"
    assert error.message == "The requested resource exceeds the maximum number allowed."


@fact("4.7", "As")
def test_a_permission_is_shown_as_a_policy(aws: VirtualAws) -> None:
    """An account as its root; the policy goes with its last statement."""
    statement = {"StatementId": "s", "Action": "events:PutEvents", "Principal": "111122223333"}
    aws.call("events", "PutPermission", **statement)
    policy = json.loads(aws.call("events", "DescribeEventBus")["Policy"])

    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "s",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
                "Action": "events:PutEvents",
                "Resource": f"{ARN}:event-bus/default",
            }
        ],
    }
    error = aws.refusal("events", "RemovePermission", StatementId="x")
    assert error.code == "ResourceNotFoundException"
    assert error.message == "Statement with the provided id does not exist."
    aws.call("events", "RemovePermission", StatementId="s")
    assert "Policy" not in aws.call("events", "DescribeEventBus")


@fact("4.7", "As")
def test_a_whole_policy_replaces_all_statements(aws: VirtualAws) -> None:
    """Statements are removed by their id, or all at once."""
    aws.call("events", "PutPermission", StatementId="s", Action="events:PutEvents", Principal="*")
    statements = [{"Sid": "a", "Effect": "Allow"}, {"Sid": "b", "Effect": "Allow"}]
    aws.call("events", "PutPermission", Policy=json.dumps({"Statement": statements}))
    aws.call("events", "RemovePermission", StatementId="a")

    policy = json.loads(aws.call("events", "DescribeEventBus")["Policy"])
    assert policy["Statement"] == statements[1:]
    aws.call("events", "RemovePermission", RemoveAllPermissions=True)
    assert "Policy" not in aws.call("events", "DescribeEventBus")


@fact("3.1", "Ad")
def test_a_policy_that_is_too_long_is_refused(aws: VirtualAws) -> None:
    """More than 10,240 characters."""
    statement = {"Sid": "s", "Effect": "Allow", "Resource": "x" * 10_240}

    error = aws.refusal("events", "PutPermission", Policy=json.dumps({"Statement": [statement]}))

    assert error.code == "PolicyLengthExceededException"


@fact("2.7", "As")
@pytest.mark.parametrize(("source", "result"), [("app", True), ("other", False)])
def test_a_pattern_is_tested_without_resources_and_detail(
    aws: VirtualAws, source: str, *, result: bool
) -> None:
    """Both may be absent from the event."""
    names = ("id", "account", "time", "region", "detail-type")
    event = dict.fromkeys(names, "x") | {"source": source}

    found = aws.call("events", "TestEventPattern", EventPattern=PATTERN, Event=json.dumps(event))

    assert found == {"Result": result}
