"""Finds the rules of a template, in each form in which CloudFormation and SAM know them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from trunklab.templates import event_buses, placed
from trunklab.templates.expressions import Missing
from trunklab.templates.opened import Opened, Resource
from trunklab.templates.placed import Placed, Text
from trunklab.templates.topology import Kind, Rule, Target

_WITH_EVENTS: Final = frozenset({"AWS::Serverless::Function", "AWS::Serverless::StateMachine"})

_SAM_RULES: Final = frozenset({"EventBridgeRule", "CloudWatchEvent"})
_DISABLED: Final = frozenset({"DISABLED", "STOPPED"})


def rules_of(opened: Opened) -> Iterator[Rule]:
    """Yields every rule of a template that has a pattern, and every subscriber."""
    for resource in opened.resources:
        if resource.kind == Kind.RULE:
            pattern = resource.properties.get("EventPattern")
            arns = (target.get("Arn") for target in resource.properties.get("Targets").items)
            if pattern.value is not None:
                rule = _rule(opened, resource, Kind.RULE, resource.properties, pattern)
                yield replace(rule, targets=tuple(_target(opened, arn) for arn in arns))
        elif resource.kind == Kind.SUBSCRIBER:
            yield from _subscriber(opened, resource)
        elif resource.kind in _WITH_EVENTS:
            yield from _sam_events(opened, resource)


def _rule(
    opened: Opened, resource: Resource, kind: Kind, properties: Placed, pattern: Placed
) -> Rule:
    """Returns a rule without targets; rules and subscribers have the same properties."""
    bus = properties.get("EventBusArn" if kind is Kind.SUBSCRIBER else "EventBusName")
    name, missing = event_buses.named(opened, bus)
    return Rule(
        kind=kind,
        service=opened.service,
        template=opened.path,
        line=resource.line,
        logical_id=resource.logical_id,
        name=properties.get("Name").text or resource.logical_id,
        bus=name,
        bus_missing=missing,
        bus_line=bus.line,
        enabled=resource.is_made and properties.get("State").text not in _DISABLED,
        targets=(),
        **_pattern(pattern),
    )


def _subscriber(opened: Opened, resource: Resource) -> Iterator[Rule]:
    """Yields a rule for each filter of the data, or one without a pattern."""
    properties = resource.properties
    filters = properties.get("FilterConfiguration", "Filters").items
    of_data = [one.get("Pattern") for one in filters if one.get("Scope").text == "DATA"]
    target = _target(opened, properties.get("InvokeConfiguration", "TargetArn"))
    for pattern in of_data or (Placed(resource.line, None),):
        rule = _rule(opened, resource, Kind.SUBSCRIBER, properties, pattern)
        if properties.get("EventBusArn").value is None:  # required: it has no default
            rule = replace(rule, bus="", bus_missing=Missing.SENSE)
        yield replace(rule, targets=(target,))


def _sam_events(opened: Opened, resource: Resource) -> Iterator[Rule]:
    """Yields the rules that SAM makes of events, with the logical ids that SAM gives them."""
    events = resource.properties.get("Events").alternatives
    for name, member in chain.from_iterable(event.members.items() for event in events):
        event = next((one for one in member.value.alternatives if one.value), member.value)
        properties = event.get("Properties")
        pattern = properties.get("Pattern")
        if event.get("Type").text in _SAM_RULES and pattern.value is not None:
            logical_id = f"{resource.logical_id}{name}"
            yield replace(
                _rule(opened, resource, Kind.SAM_EVENT, properties, pattern),
                line=member.line,
                logical_id=logical_id,
                name=properties.get("RuleName").text or logical_id,
                targets=(Target(member.line, resource.logical_id, resource.logical_id),),
            )


def _pattern(pattern: Placed) -> dict[str, Any]:
    """Returns the fields of a rule that describe its pattern: an object, or JSON in a string."""
    unresolved = tuple(placed.unresolved(pattern))
    written = pattern.partial if unresolved else pattern.value
    doubles: list[tuple[str, int]] = []
    tree = placed.from_json(written, doubles) if isinstance(written, Text) else pattern
    is_text = isinstance(pattern.value, Text) and not unresolved
    known = placed.known(tree) if tree is not None else None
    value = placed.plain(tree) if tree is not None and not unresolved else None
    text = pattern.value.text if isinstance(pattern.value, Text) and is_text else _json(value)
    return {
        "pattern_line": pattern.line,
        "unresolved": unresolved,
        "pattern": value if isinstance(value, dict) else None,
        "text": text,
        "known": text if is_text else _json(known),
        "lines": dict(placed.lines(tree)) if tree is not None else {},
        "duplicate_keys": tuple(doubles),
        "text_lines": pattern.value.lines if isinstance(pattern.value, Text) and is_text else (),
    }


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _target(opened: Opened, arn: Placed) -> Target:
    shown = arn.unresolved.expression if arn.unresolved else arn.text
    return Target(arn.line, opened.referred(arn), shown)
