"""Finds the rules of a template, in each form in which CloudFormation and SAM know them."""

import json
from collections.abc import Iterator
from typing import Any, Final

from trunklab.templates import json_text, placed
from trunklab.templates.opened import Opened, Resource
from trunklab.templates.placed import Placed, Text
from trunklab.templates.topology import DEFAULT_BUS, Kind, Rule, Target

FUNCTION: Final = "AWS::Serverless::Function"

_SAM_RULES: Final = frozenset({"EventBridgeRule", "CloudWatchEvent"})
_DISABLED: Final = frozenset({"DISABLED", "STOPPED"})


def rules_of(opened: Opened) -> Iterator[Rule]:
    """Every rule of a template that has a pattern, and every subscriber."""
    for resource in opened.resources:
        if resource.kind == Kind.RULE:
            pattern = resource.properties.get("EventPattern")
            if pattern.value is not None:
                yield _rule(opened, resource, pattern)
        elif resource.kind == Kind.SUBSCRIBER:
            yield from _subscriber(opened, resource)
        elif resource.kind == FUNCTION:
            yield from _function_events(opened, resource)


def _rule(opened: Opened, resource: Resource, pattern: Placed) -> Rule:
    properties = resource.properties
    return Rule(
        kind=Kind.RULE,
        service=opened.service,
        template=opened.path,
        line=resource.line,
        logical_id=resource.logical_id,
        name=properties.get("Name").text or resource.logical_id,
        bus=_bus(properties.get("EventBusName")),
        enabled=resource.is_made and properties.get("State").text not in _DISABLED,
        targets=tuple(_target(opened, one.get("Arn")) for one in properties.get("Targets").items),
        **_pattern(pattern),
    )


def _subscriber(opened: Opened, resource: Resource) -> Iterator[Rule]:
    """A subscriber without a filter of the data hears everything: a rule without a pattern."""
    properties = resource.properties
    filters = properties.get("FilterConfiguration", "Filters").items
    of_data = [one.get("Pattern") for one in filters if one.get("Scope").text == "DATA"]
    for pattern in of_data or (Placed(resource.line, None),):
        yield Rule(
            kind=Kind.SUBSCRIBER,
            service=opened.service,
            template=opened.path,
            line=resource.line,
            logical_id=resource.logical_id,
            name=properties.get("Name").text or resource.logical_id,
            bus=_bus(properties.get("EventBusArn")),
            enabled=resource.is_made and properties.get("State").text not in _DISABLED,
            targets=(_target(opened, properties.get("InvokeConfiguration", "TargetArn")),),
            **_pattern(pattern),
        )


def _function_events(opened: Opened, resource: Resource) -> Iterator[Rule]:
    """A rule that SAM makes of a function's event has a logical id of SAM's own."""
    for name, member in resource.properties.get("Events").members.items():
        properties = member.value.get("Properties")
        pattern = properties.get("Pattern")
        if member.value.get("Type").text in _SAM_RULES and pattern.value is not None:
            logical_id = f"{resource.logical_id}{name}"
            yield Rule(
                kind=Kind.FUNCTION_EVENT,
                service=opened.service,
                template=opened.path,
                line=member.line,
                logical_id=logical_id,
                name=properties.get("RuleName").text or logical_id,
                bus=_bus(properties.get("EventBusName")),
                enabled=resource.is_made and properties.get("State").text not in _DISABLED,
                targets=(Target(member.line, resource.logical_id, resource.logical_id),),
                **_pattern(pattern),
            )


def _pattern(pattern: Placed) -> dict[str, Any]:
    """What a rule says of its pattern, which may be a mapping or a text of JSON."""
    unresolved = tuple(placed.unresolved(pattern))
    found: dict[str, Any] = {
        "pattern_line": pattern.line,
        "unresolved": unresolved,
        "pattern": None,
        "text": None,
        "lines": {},
        "text_lines": (),
    }
    if unresolved or pattern.value is None:
        return found
    tree: Placed | None = pattern
    if isinstance(pattern.value, Text):
        found |= {"text": pattern.value.text, "text_lines": pattern.value.lines}
        tree = json_text.placed(pattern.value)
    else:
        value = placed.plain(pattern)
        found["text"] = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if tree is not None:
        value = placed.plain(tree)
        found |= {
            "pattern": value if isinstance(value, dict) else None,
            "lines": dict(placed.lines(tree)),
        }
    return found


def _bus(bus: Placed) -> str:
    if bus.unresolved is not None:
        return bus.unresolved.parameter or bus.unresolved.expression
    return bus.text or DEFAULT_BUS


def _target(opened: Opened, arn: Placed) -> Target:
    shown = arn.unresolved.expression if arn.unresolved else arn.text
    return Target(arn.line, opened.referred(arn), shown)
