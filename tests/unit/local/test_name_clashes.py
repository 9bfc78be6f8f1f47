"""Two stacks cannot both have what an account has once."""

from typing import Any

import pytest

from trunklab.local.deploy.deployer import Names, name_clashes

SCHEDULE = "AWS::Scheduler::Schedule"
RULE = "AWS::Events::Rule"


def _resource(logical_id: str, resource_type: str, name: str) -> dict[str, str]:
    return {
        "LogicalResourceId": logical_id,
        "ResourceType": resource_type,
        "PhysicalResourceId": name,
    }


def _clashes(resource_type: str, first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    names: Names = {}
    for stack, properties in (("one", first), ("two", second)):
        body = {"Resources": {"Key": {"Type": resource_type, "Properties": properties}}}
        listed = [
            _resource("Key", resource_type, "name"),
            _resource("Group", "AWS::Scheduler::ScheduleGroup", f"{stack}-group"),
        ]
        found = name_clashes(names, stack, listed, body, {"Bus": "shared", "Own": f"{stack}-bus"})
        if stack == "two":
            return found
        assert found == []
    raise AssertionError


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        ("AWS::SQS::Queue", {}),
        ("AWS::DynamoDB::Table", {}),
        (SCHEDULE, {}),
        (SCHEDULE, {"GroupName": "group"}),
        (RULE, {"EventBusName": {"Ref": "Bus"}}),
    ],
)
def test_the_same_name_in_two_stacks_is_said_with_both(
    resource_type: str, properties: dict[str, Any]
) -> None:
    """Stacks, logical ids, type and name."""
    (said,) = _clashes(resource_type, properties, properties)

    assert said.startswith("Key of stack two and Key of stack one are both")
    assert f"the {resource_type} 'name'" in said


@pytest.mark.parametrize(
    ("resource_type", "first", "second"),
    [
        (SCHEDULE, {}, {"GroupName": "group"}),
        (SCHEDULE, {"GroupName": {"Ref": "Group"}}, {"GroupName": {"Ref": "Group"}}),
        (RULE, {"EventBusName": {"Ref": "Own"}}, {"EventBusName": {"Ref": "Own"}}),
        (RULE, {"EventBusName": {"Fn::Sub": "x"}}, {"EventBusName": {"Fn::Sub": "x"}}),
        ("AWS::Logs::MetricFilter", {}, {}),
        ("AWS::IAM::Policy", {}, {}),
    ],
)
def test_names_that_may_be_there_twice_are_no_clash(
    resource_type: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Within different groups or buses, or where nobody can tell."""
    assert _clashes(resource_type, first, second) == []


def test_a_stack_that_is_updated_keeps_its_names() -> None:
    """It does not clash with what it was before."""
    names: Names = {}
    listed = [_resource("Key", "AWS::SQS::Queue", "name")]
    renamed = [_resource("Other", "AWS::SQS::Queue", "name")]

    assert name_clashes(names, "one", listed, {"Resources": {}}, {}) == []
    assert name_clashes(names, "one", renamed, {"Resources": {}}, {}) == []
