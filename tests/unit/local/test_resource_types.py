"""Resources of stacks are created, updated, replaced and deleted by their services' operations."""

import asyncio
import json
from typing import Any

import pytest

from tests.virtual_aws import ROLE, VirtualAws
from trunklab.local.delivery.steps import ApiError, JsonObject
from trunklab.local.deploy import resource_deletion, resource_types
from trunklab.local.deploy.resource_deletion import Resource
from trunklab.local.deploy.resource_types import Made

CODE = {"ZipFile": "def handler(event, context): pass"}
FUNCTION = {"FunctionName": "f", "Runtime": "python3.13", "Role": ROLE, "Handler": "index.handler"}
NOT_FOUND = "ResourceNotFoundException"
QUEUE_GONE = "AWS.SimpleQueueService.NonExistentQueue"


class Account:
    """Resources of one stack in virtual time."""

    def __init__(self) -> None:
        self.aws = VirtualAws()
        self.calls: list[str] = []
        self.error: ApiError | None = None
        self._types = resource_types.Types(self._call, self._serve_api)

    async def _call(self, service: str, operation: str, given: JsonObject) -> JsonObject:
        self.calls.append(operation)
        if self.error:
            raise self.error
        return self.aws.call(service, operation, **given)

    async def _serve_api(self, stack: str, logical_id: str, _properties: JsonObject) -> str:
        return f"http://127.0.0.1/{stack}/{logical_id}"

    def create(self, kind: str, **properties: Any) -> Made:
        """Creates a resource."""
        return asyncio.run(self._types.create(Resource("shop", "Thing", kind, properties)))

    def update(self, kind: str, made: Made, old: JsonObject, new: JsonObject) -> Made:
        """Updates a resource that was created with `old`."""
        resources = (Resource("shop", "Thing", kind, one, made.physical_id) for one in (new, old))
        return asyncio.run(self._types.update(*resources))

    def delete(self, kind: str, physical_id: str, **properties: Any) -> None:
        """Deletes a resource."""
        asyncio.run(self._types.delete(Resource("shop", "Thing", kind, properties, physical_id)))

    def statements(self) -> list[JsonObject]:
        """Returns the statements of the default bus."""
        described = self.aws.call("events", "DescribeEventBus", Name="default")
        listed: list[JsonObject] = json.loads(described.get("Policy", '{"Statement":[]}'))[
            "Statement"
        ]
        return listed


@pytest.fixture
def account() -> Account:
    """An empty account."""
    return Account()


def test_a_rule_with_the_name_of_another_is_not_created(account: Account) -> None:
    """The rule that exists keeps its pattern."""
    account.create("AWS::Events::Rule", Name="r", EventPattern='{"source":["s"]}')

    with pytest.raises(ApiError, match="Rule r already exists on default"):
        account.create("AWS::Events::Rule", Name="r", EventPattern='{"source":["t"]}')

    kept = account.aws.call("events", "DescribeRule", Name="r")
    assert kept["EventPattern"] == '{"source":["s"]}'


def test_a_policy_that_leaves_the_template_leaves_the_bus(account: Account) -> None:
    """An update without it removes all its statements."""
    policy = {"Statement": [{"Sid": "s", "Effect": "Allow"}]}
    made = account.create("AWS::Events::EventBus", Name="b", Policy=policy)
    assert "Policy" in account.aws.call("events", "DescribeEventBus", Name="b")

    account.update("AWS::Events::EventBus", made, {"Name": "b", "Policy": policy}, {"Name": "b"})

    assert "Policy" not in account.aws.call("events", "DescribeEventBus", Name="b")


@pytest.mark.parametrize("code", [NOT_FOUND, "QueueDoesNotExist", QUEUE_GONE])
def test_what_is_already_gone_counts_as_deleted(account: Account, code: str) -> None:
    """SQS names a missing queue by its query code too: without it, no stack could be deleted."""
    account.error = ApiError(code, "gone")
    account.delete("AWS::SQS::QueuePolicy", "p", Queues=["http://127.0.0.1:4566/0/q"])
    assert account.calls == ["SetQueueAttributes"]


def test_a_deletion_that_is_refused_fails(account: Account) -> None:
    """A bus that still has rules is kept."""
    made = account.create("AWS::Events::EventBus", Name="b")
    account.create("AWS::Events::Rule", Name="r", EventBusName="b", EventPattern='{"source":["s"]}')
    with pytest.raises(ApiError, match="since it has rules"):
        account.delete("AWS::Events::EventBus", made.physical_id, Name="b")


def test_a_bus_policy_keeps_its_condition(account: Account) -> None:
    """Without it, everyone could put events where only an organization may."""
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}
    account.create(
        "AWS::Events::EventBusPolicy",
        StatementId="s",
        Principal="*",
        Action="events:PutEvents",
        Condition=condition,
    )
    (statement,) = account.statements()
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def test_a_bus_policy_for_an_account_names_its_root(account: Account) -> None:
    """A principal of digits alone would match nobody."""
    account.create("AWS::Events::EventBusPolicy", StatementId="s", Principal="111122223333")
    (statement,) = account.statements()
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statement["Action"] == "events:PutEvents"


@pytest.mark.parametrize("form", [dict, json.dumps])
def test_a_bus_policy_leaves_the_statements_of_others(account: Account, form: Any) -> None:
    """Created, updated and deleted: each time the other statement stays."""
    kind = "AWS::Events::EventBusPolicy"
    account.create(kind, StatementId="other", Principal="*")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}
    old = {"StatementId": "s", "Statement": form(statement)}
    new = {"StatementId": "s", "Statement": form(statement | {"Action": "events:*"})}
    made = account.create(kind, **old)
    account.update(kind, made, old, new)
    assert [one["Action"] for one in account.statements()] == ["events:PutEvents", "events:*"]
    account.delete(kind, made.physical_id, **new)
    assert [one["Sid"] for one in account.statements()] == ["other"]


def test_an_attribute_that_left_the_template_returns_to_its_default(account: Account) -> None:
    """Of a queue; what the template keeps stays."""
    old = {"QueueName": "q", "VisibilityTimeout": "90", "DelaySeconds": "5"}
    made = account.create("AWS::SQS::Queue", **old)
    new = {"QueueName": "q", "DelaySeconds": "5"}
    account.update("AWS::SQS::Queue", made, old, new)
    attributes = account.aws.attributes(made.attributes["Arn"])
    assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"]) == ("30", "5")


def test_a_new_queue_name_makes_another_queue(account: Account) -> None:
    """CloudFormation deletes the old one by itself, when the others use the new one."""
    made = account.create("AWS::SQS::Queue", QueueName="q")
    other = account.update("AWS::SQS::Queue", made, {"QueueName": "q"}, {"QueueName": "r"})
    assert other.physical_id != made.physical_id
    assert len(account.aws.call("sqs", "ListQueues")["QueueUrls"]) == len({"q", "r"})


def test_a_fifo_queue_without_a_name_gets_one_with_its_suffix(account: Account) -> None:
    """SQS refuses FIFO queues of other names."""
    made = account.create("AWS::SQS::Queue", FifoQueue="true")
    assert made.physical_id.endswith(".fifo")


def test_a_queue_that_is_explicitly_no_fifo_queue_is_made(account: Account) -> None:
    """CloudFormation leaves the attribute out: SQS refuses it for a standard queue."""
    made = account.create("AWS::SQS::Queue", QueueName="q", FifoQueue="false")

    assert made.attributes["QueueName"] == "q"


def test_an_alias_divides_by_the_weights_of_the_template(account: Account) -> None:
    """Until they leave it."""
    function = {**FUNCTION, "Code": CODE}
    old = account.create("AWS::Lambda::Function", **function)
    account.create("AWS::Lambda::Version", FunctionName="f")
    account.update("AWS::Lambda::Function", old, function, {**function, "Timeout": 9})
    account.create("AWS::Lambda::Version", FunctionName="f")
    alias = {"FunctionName": "f", "Name": "live", "FunctionVersion": "2"}
    weights = [{"FunctionVersion": "1", "FunctionWeight": "0.25"}]
    routed = {**alias, "RoutingConfig": {"AdditionalVersionWeights": weights}}
    made = account.create("AWS::Lambda::Alias", **routed)
    named = {"FunctionName": "f", "Name": "live"}
    found = account.aws.call("lambda", "GetAlias", **named)["RoutingConfig"]

    account.update("AWS::Lambda::Alias", made, routed, alias)

    assert found == {"AdditionalVersionWeights": {"1": 0.25}}
    assert "RoutingConfig" not in account.aws.call("lambda", "GetAlias", **named)


def test_a_rule_whose_targets_are_refused_is_not_left_behind(account: Account) -> None:
    """Else the next attempt would find half a rule."""
    arn = account.aws.queue("q")
    too_many = [{"Id": str(number), "Arn": arn} for number in range(6)]
    with pytest.raises(ApiError, match="exceeds the maximum number"):
        account.create(
            "AWS::Events::Rule", Name="r", EventPattern='{"source":["s"]}', Targets=too_many
        )
    assert account.aws.call("events", "ListRules")["Rules"] == []


def test_a_target_that_left_the_template_is_removed(account: Account) -> None:
    """The targets that stay are kept."""
    arn = account.aws.queue("q")
    old = {"Name": "r", "EventPattern": '{"source":["s"]}'}
    targets = [{"Id": key, "Arn": arn} for key in ("a", "b")]
    made = account.create("AWS::Events::Rule", **old, Targets=targets)
    new = {**old, "Targets": targets[:1]}
    account.update("AWS::Events::Rule", made, {**old, "Targets": targets}, new)
    listed = account.aws.call("events", "ListTargetsByRule", Rule="r")["Targets"]
    assert [one["Id"] for one in listed] == ["a"]
    account.delete("AWS::Events::Rule", made.physical_id, **new)
    assert account.aws.call("events", "ListRules")["Rules"] == []


def test_a_rule_of_another_bus_is_found_by_its_id(account: Account) -> None:
    """`bus|rule`, as on AWS; the default bus has no prefix."""
    account.create("AWS::Events::EventBus", Name="b")
    given = {"Name": "r", "EventBusName": "b", "EventPattern": '{"source":["s"]}'}
    made = account.create("AWS::Events::Rule", **given)
    assert made.physical_id == "b|r"
    account.delete("AWS::Events::Rule", made.physical_id, **given)
    assert account.aws.call("events", "ListRules", EventBusName="b")["Rules"] == []


def test_every_type_that_is_ours_has_what_deletes_it_or_leaves_nothing() -> None:
    """Permissions of layers are not kept here, so nothing deletes them."""
    is_undone = {kind for kind in resource_types.OWN if kind not in resource_deletion.DELETE}
    assert is_undone == {"AWS::Lambda::LayerVersionPermission"}


def test_a_function_setting_that_left_the_template_returns_to_its_default(
    account: Account,
) -> None:
    """Its reserved concurrency too."""
    kind = "AWS::Lambda::Function"
    old = {**FUNCTION, "Code": CODE, "Timeout": 60, "ReservedConcurrentExecutions": 2}
    made = account.create(kind, **old)
    account.update(kind, made, old, {**FUNCTION, "Code": CODE})
    found = account.aws.call("lambda", "GetFunction", FunctionName="f")
    assert found["Configuration"]["Timeout"] == 3
    assert "Concurrency" not in found
    account.delete(kind, made.physical_id, **FUNCTION)
    assert account.aws.refusal("lambda", "GetFunction", FunctionName="f").code == NOT_FOUND


def test_code_is_only_sent_when_it_changed(account: Account) -> None:
    """Workers with loaded code are kept when a setting changes."""
    old = {**FUNCTION, "Code": CODE}
    made = account.create("AWS::Lambda::Function", **old)
    account.calls.clear()
    account.update("AWS::Lambda::Function", made, old, {**old, "Timeout": 9})
    assert account.calls == ["UpdateFunctionConfiguration"]


def test_an_alias_moves_to_a_new_version_and_the_old_one_can_go(account: Account) -> None:
    """As SAM's AutoPublishAlias does it: new version, alias, then the old version is deleted."""
    function = {**FUNCTION, "Code": CODE}
    made = account.create("AWS::Lambda::Function", **function)
    first = account.create("AWS::Lambda::Version", FunctionName="f")
    alias = {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}
    live = account.create("AWS::Lambda::Alias", **alias)
    changed = {**function, "Timeout": 9}
    account.update("AWS::Lambda::Function", made, function, changed)
    second = account.create("AWS::Lambda::Version", FunctionName="f")
    new = {**alias, "FunctionVersion": second.attributes["Version"]}
    account.update("AWS::Lambda::Alias", live, alias, new)
    account.delete("AWS::Lambda::Version", first.physical_id, FunctionName="f")
    versions = account.aws.call("lambda", "ListVersionsByFunction", FunctionName="f")["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "2"]


def test_a_mapping_setting_that_left_the_template_returns_to_its_default(
    account: Account,
) -> None:
    """The mapping stays the same one."""
    account.create("AWS::Lambda::Function", **FUNCTION, Code=CODE)
    kind = "AWS::Lambda::EventSourceMapping"
    plain = {"FunctionName": "f", "EventSourceArn": account.aws.queue("q")}
    old = {**plain, "BatchSize": 2, "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    made = account.create(kind, **old)
    account.aws.advance(60)
    assert account.update(kind, made, old, plain).physical_id == made.physical_id
    found = account.aws.call("lambda", "GetEventSourceMapping", UUID=made.physical_id)
    assert (found["BatchSize"], found["FunctionResponseTypes"]) == (10, [])


def test_a_permission_that_changes_is_another_one(account: Account) -> None:
    """The old statement is gone once CloudFormation has deleted it."""
    account.create("AWS::Lambda::Function", **FUNCTION, Code=CODE)
    kind = "AWS::Lambda::Permission"
    old = {"FunctionName": "f", "Action": "lambda:InvokeFunction", "Principal": "a.amazonaws.com"}
    made = account.create(kind, **old)
    new = {**old, "Principal": "b.amazonaws.com"}
    other = account.update(kind, made, old, new)
    account.delete(kind, made.physical_id, **old)
    policy = json.loads(account.aws.call("lambda", "GetPolicy", FunctionName="f")["Policy"])
    assert [one["Sid"] for one in policy["Statement"]] == [other.physical_id]


def test_a_schedule_is_updated_and_deleted_in_its_group(account: Account) -> None:
    """Not in the default group."""
    account.create("AWS::Scheduler::ScheduleGroup", Name="g")
    kind = "AWS::Scheduler::Schedule"
    target = {"Arn": account.aws.queue("q"), "RoleArn": ROLE}
    old = {"Name": "s", "GroupName": "g", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    made = account.create(kind, **old, ScheduleExpression="rate(1 minute)")
    new = {**old, "ScheduleExpression": "rate(2 minutes)"}
    account.update(kind, made, old, new)
    found = account.aws.call("scheduler", "GetSchedule", Name="s", GroupName="g")
    assert found["ScheduleExpression"] == "rate(2 minutes)"
    account.delete(kind, made.physical_id, **new)
    assert account.aws.call("scheduler", "ListSchedules")["Schedules"] == []
