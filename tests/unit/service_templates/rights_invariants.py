"""What a template may allow: each role to its own function, each right on a named resource."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.unit.service_templates.plain_body import BUS_ARN
from tests.unit.service_templates.stack import Json, Stack, listed, target_of

NO_RESOURCE_TO_NAME: Final = {
    "xray:PutTraceSegments": "X-Ray's write actions take no resource (service authorization)",
    "xray:PutTelemetryRecords": "the same",
}
"""Actions that may stand with the resource `*`, and why."""

LAMBDA_TRUST: Final = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "lambda.amazonaws.com"},
}


def each_function_has_its_own_role(stack: Stack) -> Iterator[str]:
    """No function can do what another one needs, nor anything that SAM's own roles would add."""
    roles = {name: target_of(f.get("Role")) for name, f in stack.functions.items()}
    used = Counter(roles.values())
    known = stack.of("AWS::IAM::Role")
    for name, role in roles.items():
        if role not in known:
            yield f"{name} has no role of this template: SAM would give it one with wildcards"
        elif used[role] > 1:
            yield f"{name} shares {role} with another function"
    for name, properties in known.items():
        if properties["AssumeRolePolicyDocument"]["Statement"] != [LAMBDA_TRUST]:
            yield f"{name} can be assumed by others than Lambda"
        for managed in properties.get("ManagedPolicyArns", []):
            if target_of(managed) not in stack.of("AWS::IAM::ManagedPolicy"):
                yield f"{name} has a policy that is not in this template"


def rights_name_their_resources(stack: Stack) -> Iterator[str]:
    """No wildcard where AWS knows a resource, none in an action at all."""
    for name, statement in stack.statements():
        actions = listed(statement["Action"])
        if statement["Effect"] == "Allow" and any("*" in action for action in actions):
            yield f"{name} allows {actions}, with a wildcard"
        if any("*" in str(resource) for resource in listed(statement["Resource"])):
            unexplained = sorted(set(actions) - set(NO_RESOURCE_TO_NAME))
            if unexplained:
                yield f"{name} allows {unexplained} on a wildcard"
        if "NotAction" in statement or "NotResource" in statement:
            yield f"{name} allows by exception"


def producers_send_to_their_own_bus(stack: Stack) -> Iterator[str]:
    """No event goes past the bus of the stage; `trunkline rules lint` looks at its source."""
    for name, statement in stack.statements():
        if "events:PutEvents" not in listed(statement["Action"]):
            continue
        if statement["Resource"] != BUS_ARN or listed(statement["Action"])[1:]:
            yield f"{name} may put events elsewhere than on the bus of its stage"


def outsiders_get_only_what_is_named(stack: Stack) -> Iterator[str]:
    """A resource policy admits a principal by name, or under a condition, or denies."""
    for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for name, policy in stack.of(kind).items():
            for statement in policy["PolicyDocument"]["Statement"]:
                yield from _outsiders(name, statement)
    for name, policy in stack.of("AWS::Events::EventBusPolicy").items():
        yield from _outsiders(name, policy["Statement"])
        if "events:source" not in policy["Statement"].get("Condition", {}).get("StringLike", {}):
            yield f"{name} lets outsiders use any source"
        if "Condition" not in stack.resources[name]:
            yield f"{name} opens the bus without being asked to"


def _outsiders(name: str, statement: Json) -> Iterator[str]:
    if statement["Effect"] == "Allow":
        if not statement.get("Condition"):
            yield f"{name} allows without a condition"
        if any("*" in action for action in listed(statement["Action"])):
            yield f"{name} allows more than one named action"
