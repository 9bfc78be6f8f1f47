"""Definitions of state machines, in each form that a template may give them."""

import json
from typing import Any

import pytest

from trunklab.local.delivery.steps import JsonObject
from trunklab.local.deploy import state_machines

ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
FUNCTIONS = frozenset({"Charge"})
WAITING = "arn:aws:states:::lambda:invoke.waitForTaskToken"


def machine(resource: str, **state: Any) -> JsonObject:
    """Returns a definition with one task."""
    task = {"Type": "Task", "Resource": resource, "End": True, **state}
    return {"StartAt": "T", "States": {"T": task}}


def rewritten(member: str, value: Any, **substitutions: Any) -> JsonObject:
    """Returns the task of a state machine's properties after they are rewritten."""
    properties = {member: value, "DefinitionSubstitutions": substitutions}
    given = state_machines.rewrite_resource(properties, FUNCTIONS)[member]
    while not isinstance(given, str) and "States" not in given:
        if isinstance(given, dict) and "Fn::Join" in given:
            given = "".join(given["Fn::Join"][1])
        else:
            given = given["Fn::Sub"] if "Fn::Sub" in given else given[0]
    definition = json.loads(given) if isinstance(given, str) else given
    task: JsonObject = definition["States"]["T"]
    return task


@pytest.mark.parametrize(
    ("value", "function"),
    [
        (json.dumps(machine(ARN)), ARN),
        ({"Fn::Join": ["\n", json.dumps(machine(ARN), indent=1).split("\n")]}, ARN),
        ({"Fn::Sub": json.dumps(machine("${Charge.Arn}"))}, "${Charge.Arn}"),
        (
            {"Fn::Sub": [json.dumps(machine("${F}")), {"F": {"Fn::GetAtt": ["Charge", "Arn"]}}]},
            "${F}",
        ),
    ],
)
def test_a_task_of_a_function_waits_for_its_token(value: Any, function: str) -> None:
    """As text, in lines as SAM writes it, and with variables of the template."""
    task = rewritten("DefinitionString", value)
    assert task["Resource"] == WAITING
    assert task["Parameters"]["Payload"] == {
        "token.$": "$$.Task.Token",
        "function": function,
        "payload.$": "$",
    }


@pytest.mark.parametrize("reference", [{"Fn::GetAtt": ["Charge", "Arn"]}, {"Ref": "Charge"}])
def test_a_substitution_that_names_a_function_is_followed(reference: JsonObject) -> None:
    """Versions and aliases are named by Ref."""
    task = rewritten("DefinitionString", json.dumps(machine("${F}")), F=reference)
    assert task["Resource"] == WAITING


@pytest.mark.parametrize(
    "resource",
    ["arn:aws:states:::dynamodb:putItem", "${Table.Arn}", "arn:aws:states:::states:startExecution"],
)
def test_other_tasks_stay_as_they_are(resource: str) -> None:
    """The rented services serve them."""
    assert rewritten("Definition", machine(resource)) == machine(resource)["States"]["T"]


@pytest.mark.parametrize("value", ["{", {"Fn::Sub": "{"}, {"Ref": "Definition"}, None])
def test_a_definition_that_cannot_be_read_stays_as_it_is(value: Any) -> None:
    """CloudFormation reports it."""
    properties = {"DefinitionString": value}
    assert state_machines.rewrite_resource(properties, FUNCTIONS) == properties


def test_retry_and_catch_are_kept() -> None:
    """They match the true names of errors, which come with the token."""
    handled = {
        "Retry": [{"ErrorEquals": ["Busy"]}],
        "Catch": [{"ErrorEquals": ["Declined"], "Next": "T"}],
    }
    task = rewritten("Definition", machine(ARN, **handled))
    assert {key: task[key] for key in handled} == handled


def test_the_tasks_of_a_map_wait_too() -> None:
    """However deep they are."""
    inner = {"Type": "Map", "ItemProcessor": machine(ARN)}
    definition = {"StartAt": "M", "States": {"M": inner}}
    found = state_machines.rewrite_definition(definition)
    assert found["States"]["M"]["ItemProcessor"]["States"]["T"]["Resource"] == WAITING


def test_a_text_joined_with_references_waits_for_the_functions_among_them() -> None:
    """As CDK writes it; other references stay where they were."""
    function, role = {"Fn::GetAtt": ["Charge", "Arn"]}, {"Ref": "Role"}
    before, after = json.dumps(machine("FUNCTION", Comment="ROLE")).split("FUNCTION")
    first, last = after.split("ROLE")
    joined = {"Fn::Join": ["", [before, function, first, role, last]]}

    given = state_machines.rewrite_resource({"DefinitionString": joined}, FUNCTIONS)

    separator, parts = given["DefinitionString"]["Fn::Join"]
    resolved = {json.dumps(function): ARN, json.dumps(role): "the role"}
    texts = [part if isinstance(part, str) else resolved[json.dumps(part)] for part in parts]
    definition = json.loads(separator.join(texts))
    task = definition["States"]["T"]
    assert task["Resource"] == WAITING
    assert task["Parameters"]["Payload"]["function"] == ARN
    assert task["Comment"] == "the role"
    assert state_machines.written_definition(definition) == machine(ARN, Comment="the role")


def test_a_joined_text_that_is_no_definition_is_left_alone() -> None:
    """Whoever deploys it is told by Step Functions."""
    joined = {"Fn::Join": ["", ["{", {"Ref": "Role"}]]}

    given = state_machines.rewrite_resource({"DefinitionString": joined}, FUNCTIONS)

    assert given["DefinitionString"] == joined
