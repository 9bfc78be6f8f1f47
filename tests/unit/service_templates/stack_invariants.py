"""What keeps stacks apart: a service knows the platform's names and the contracts, nothing else."""

import re
from collections.abc import Iterator

from schemas import CONTRACTS
from tests.unit.service_templates.outbox_invariants import SWEEP
from tests.unit.service_templates.stack import PLATFORM, SERVICES, Json, Stack, listed


def stacks_share_nothing(stack: Stack) -> Iterator[str]:
    """Stacks deploy in any order after the platform: none waits for or holds another."""
    text = str(stack.body)
    for word in ("Fn::ImportValue", "'Export'", "AWS::CloudFormation::Stack", "{{resolve:"):
        if word in text:
            yield f"the stack uses {word}"
    for other in set(SERVICES) - {stack.name}:
        if f"/{other}" in text or re.search(rf"trunkline-[^ ]*-{other}", text):
            yield f"the stack names something of {other}"


def platform_values_come_from_parameters(stack: Stack) -> Iterator[str]:
    """A service takes bus and registry from the stage's SSM parameters, each without a default."""
    if stack.name == PLATFORM:
        return
    for name, parameter in stack.body["Parameters"].items():
        platform = parameter["Type"] == "AWS::SSM::Parameter::Value<String>"
        if platform and "Default" in parameter:
            yield f"{name} has a default, which is right for one stage at most"
        if not platform and name != "Stage" and "Default" not in parameter:
            yield f"{name} is a parameter that each deployment would have to know"


def rules_hear_events_that_exist(stack: Stack) -> Iterator[str]:
    """A rule names source and type of contracts, and listens on the bus of its stage."""
    known = {(contract.source, contract.detail_type) for contract in CONTRACTS}
    for name, rule in stack.of("AWS::Events::Rule").items():
        pattern = rule["EventPattern"]
        heard = [(s, t) for s in pattern["source"] for t in pattern["detail-type"]]
        yield from (f"{name} hears {one}, which nobody sends" for one in heard if one not in known)
        if rule.get("EventBusName") != {"Ref": "BusName"}:
            yield f"{name} is not on the bus of its stage"
        if not rule.get("Description"):
            yield f"{name} does not say what it is for"


def only_producers_publish_and_each_sweeps(stack: Stack) -> Iterator[str]:
    """Who owns an event has a sweep for its outbox; nobody else may put events."""
    if stack.source not in {contract.source for contract in CONTRACTS}:
        for name, statement in stack.statements():
            if "events:PutEvents" in listed(statement["Action"]):
                yield f"{name} may put events, and {stack.name} owns none"
        return
    schedules = [
        event["Properties"]
        for function in stack.functions.values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "ScheduleV2" and function["Handler"] == SWEEP
    ]
    if [schedule.get("ScheduleExpression") for schedule in schedules] != ["rate(1 minute)"]:
        yield f"{stack.name} does not sweep its outbox every minute"
    # SAM names a schedule after its function and event, without the stack, and a schedule's name
    # is unique in the account: two producers, or two stages, would share one.
    expected = {"Fn::Sub": f"trunkline-${{Stage}}-{stack.name}-outbox"}
    if any(schedule.get("Name") != expected for schedule in schedules):
        yield f"{stack.name} may share its schedule with another stack"


def platform_runs_no_code(stack: Stack) -> Iterator[str]:
    """The platform stack holds no service, and so no function and no rule."""
    if stack.name != PLATFORM:
        return
    for name, resource in stack.resources.items():
        kind = resource["Type"]
        if kind.startswith(("AWS::Serverless", "AWS::Lambda")) or kind == "AWS::Events::Rule":
            yield f"{name} is a {kind}: it belongs to a service"


def published_names(platform: Stack) -> dict[str, Json]:
    """The platform's SSM parameters by name, with `<stage>` for the stage."""
    return {
        str(properties["Name"]["Fn::Sub"]).replace("${Stage}", "<stage>"): properties
        for properties in platform.of("AWS::SSM::Parameter").values()
    }


def http_apis_are_throttled(stack: Stack) -> Iterator[str]:
    """An open API has a bound on what it lets through, and answers only named routes."""
    for name, api in stack.of("AWS::Serverless::HttpApi").items():
        if not {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= set(
            api.get("DefaultRouteSettings", {})
        ):
            yield f"{name} lets any number of requests through"
    for name, function in stack.functions.items():
        for event in listed(list(function.get("Events", {}).values())):
            if event["Type"] == "HttpApi" and event["Properties"].get("Method", "ANY") == "ANY":
                yield f"{name} answers any method"
