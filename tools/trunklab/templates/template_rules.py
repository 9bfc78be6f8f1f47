"""Finds the rules of a template, in each form in which CloudFormation and SAM know them."""

import json
from collections.abc import Iterator
from typing import Any, Final

from trunklab.templates import buses, json_text, placed
from trunklab.templates.expressions import Missing
from trunklab.templates.opened import Opened, Resource
from trunklab.templates.placed import Placed, Text
from trunklab.templates.topology import Kind, Rule, Target

_WITH_EVENTS: Final = frozenset({"AWS::Serverless::Function", "AWS::Serverless::StateMachine"})

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
        elif resource.kind in _WITH_EVENTS:
            yield from _sam_events(opened, resource)


def _rule(opened: Opened, resource: Resource, pattern: Placed) -> Rule:
    properties = resource.properties
    return Rule(
        kind=Kind.RULE,
        service=opened.service,
        template=opened.path,
        line=resource.line,
        logical_id=resource.logical_id,
        name=properties.get("Name").text or resource.logical_id,
        **_bus(opened, properties.get("EventBusName")),
        enabled=resource.is_made and properties.get("State").text not in _DISABLED,
        targets=tuple(_target(opened, one.get("Arn")) for one in properties.get("Targets").items),
        **_pattern(pattern),
    )


def _subscriber(opened: Opened, resource: Resource) -> Iterator[Rule]:
    """A subscriber without a filter of the data hears everything: a rule without a pattern."""
    properties = resource.properties
    filters = properties.get("FilterConfiguration", "Filters").items
    bus = properties.get("EventBusArn")
    # Without its required bus nothing is known of it; there is no default bus to fall back on.
    named = _bus(opened, bus) | ({} if bus.value else {"bus_missing": Missing.SENSE, "bus": ""})
    of_data = [one.get("Pattern") for one in filters if one.get("Scope").text == "DATA"]
    for pattern in of_data or (Placed(resource.line, None),):
        yield Rule(
            kind=Kind.SUBSCRIBER,
            service=opened.service,
            template=opened.path,
            line=resource.line,
            logical_id=resource.logical_id,
            name=properties.get("Name").text or resource.logical_id,
            **named,
            enabled=resource.is_made and properties.get("State").text not in _DISABLED,
            targets=(_target(opened, properties.get("InvokeConfiguration", "TargetArn")),),
            **_pattern(pattern),
        )


def _sam_events(opened: Opened, resource: Resource) -> Iterator[Rule]:
    """Yields the rules that SAM makes of events, with the logical ids that SAM gives them."""
    for name, member in resource.properties.get("Events").members.items():
        properties = member.value.get("Properties")
        pattern = properties.get("Pattern")
        if member.value.get("Type").text in _SAM_RULES and pattern.value is not None:
            logical_id = f"{resource.logical_id}{name}"
            yield Rule(
                kind=Kind.SAM_EVENT,
                service=opened.service,
                template=opened.path,
                line=member.line,
                logical_id=logical_id,
                name=properties.get("RuleName").text or logical_id,
                **_bus(opened, properties.get("EventBusName")),
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
        "known": None,
        "lines": {},
        "text_lines": (),
    }
    text = pattern.partial if unresolved else pattern.value
    tree: Placed | None = pattern
    if isinstance(text, Text):
        tree = json_text.placed(text)
    elif pattern.value is None:
        return found
    if tree is not None:
        known = placed.known(tree)
        found |= {"known": _json(known), "lines": dict(placed.lines(tree))}
    if unresolved:
        return found
    value = placed.plain(tree) if tree is not None else None
    found["pattern"] = value if isinstance(value, dict) else None
    if isinstance(text, Text):
        return found | {"text": text.text, "known": text.text, "text_lines": text.lines}
    return found | {"text": _json(value)}


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _bus(opened: Opened, bus: Placed) -> dict[str, Any]:
    name, missing = buses.named(opened, bus)
    return {"bus": name, "bus_missing": missing, "bus_line": bus.line}


def _target(opened: Opened, arn: Placed) -> Target:
    shown = arn.unresolved.expression if arn.unresolved else arn.text
    return Target(arn.line, opened.referred(arn), shown)
