"""Permissions to put events that a template grants, and the functions that have them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import chain
from typing import Final

from trunklab.templates.opened import Opened, Resource
from trunklab.templates.placed import Placed, Text, from_json, without_lines
from trunklab.templates.topology import Function, Producer

_POLICIES: Final = (
    *("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"),
    *("AWS::IAM::GroupPolicy", "AWS::IAM::UserPolicy"),
)
_HOLDERS: Final = ("AWS::IAM::Role", "AWS::IAM::Group", "AWS::IAM::User")
_SAM: Final = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
_BUS: Final = "AWS::Events::EventBus"
_BUS_POLICY: Final = "AWS::Events::EventBusPolicy"
_CONNECTOR: Final = "AWS::Serverless::Connector"
_PUTTING: Final = "events:putevents"
_COMPARING: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})
_WILDCARDS: Final = frozenset("*?")
_SAM_POLICY: Final = "EventBridgePutEventsPolicy"
"""SAM's own policy: it allows every source."""

_AWS_POLICIES: Final = ("AmazonEventBridgeFullAccess", "PowerUserAccess", "AdministratorAccess")
"""AWS's own policies that allow every source."""

_RIGHT: Final = {"Effect": "Allow", "Action": "events:PutEvents"}


@dataclass(frozen=True)
class _Grant:
    """A statement, the resource that holds it, and the roles and functions that it is for."""

    policy: str
    statement: Placed
    holders: frozenset[str] = frozenset()
    is_bus_policy: bool = False


def producers_of(opened: Opened, functions: Sequence[Function]) -> Iterator[Producer]:
    """Yields every permission of a template to put events."""
    for grant in _grants(opened):
        if not _admits(grant.statement):
            continue
        allowed = _allowed(grant)
        holders = (one for one in functions if {one.role, one.logical_id} & grant.holders)
        yield Producer(
            service=opened.service,
            template=opened.path,
            line=allowed[0].line if allowed else grant.statement.line,
            policy=grant.policy,
            allowed=tuple(source.text for source in allowed) if allowed is not None else None,
            functions=tuple(holders),
            is_bus_policy=grant.is_bus_policy,
        )


def _admits(statement: Placed) -> bool:
    """True if the statement grants events:PutEvents; IAM ignores case and knows * and ?."""
    if statement.get("Effect").text != "Allow":
        return False
    actions, others = statement.get("Action").items, statement.get("NotAction").items
    return any(map(_is_putting, actions)) or (bool(others) and not any(map(_is_putting, others)))


def _is_putting(action: Placed) -> bool:
    return fnmatchcase(_PUTTING, action.text.lower())


def _allowed(grant: _Grant) -> tuple[Placed, ...] | None:
    """Returns the sources of the condition, None without one.

    A wildcard restricts nobody to one source, but is allowed for other accounts.
    """
    for operator, compared in grant.statement.get("Condition").members.items():
        comparison = operator.lower().removesuffix("ifexists")
        if comparison.removeprefix("foranyvalue:").removeprefix("forallvalues:") in _COMPARING:
            for key, member in compared.value.members.items():
                sources = member.value.items
                is_wild = any(_WILDCARDS & {*source.text} for source in sources)
                if key.lower() == "events:source" and (grant.is_bus_policy or not is_wild):
                    return sources
    return None


def _grants(opened: Opened) -> Iterator[_Grant]:
    yield from _policies(opened)
    for resource in opened.of(*_SAM):
        yield from _of_sam(resource)
    for resource in opened.resources:
        yield from _connectors(opened, resource)
    for bus in opened.of(_BUS):
        for grant in _in_document(bus.logical_id, set(), bus.properties.get("Policy")):
            yield replace(grant, is_bus_policy=True)
    for policy in opened.of(_BUS_POLICY):
        yield from _of_bus(policy)


def _policies(opened: Opened) -> Iterator[_Grant]:
    holders = {holder.logical_id: holder for holder in opened.of(*_HOLDERS)}
    for name, holder in holders.items():
        for inline in holder.properties.get("Policies").items:
            yield from _in_document(name, {name}, inline.get("PolicyDocument"))
        yield from _of_aws(name, holder.properties.get("ManagedPolicyArns"))
    for policy in opened.of(*_POLICIES):
        held_by = policy.properties.get("Roles").items + policy.properties.get("RoleName").items
        names = set(map(opened.referred, held_by))
        for name, holder in holders.items():
            arns = holder.properties.get("ManagedPolicyArns").items
            names |= {name} if policy.logical_id in map(opened.referred, arns) else set()
        document = policy.properties.get("PolicyDocument")
        yield from _in_document(policy.logical_id, names - {""}, document)


def _of_sam(resource: Resource) -> Iterator[_Grant]:
    """Yields what SAM grants a role for the policies and destinations of a resource."""
    name, policies = resource.logical_id, resource.properties.get("Policies")
    lines = [one.members[_SAM_POLICY].line for one in policies.items if _SAM_POLICY in one.members]
    destinations = resource.properties.get("EventInvokeConfig", "DestinationConfig").members
    lines += [
        destination.line
        for destination in destinations.values()
        if destination.value.get("Type").text == "EventBridge"
    ]
    for line in lines:
        yield _Grant(name, without_lines(_RIGHT, line), frozenset({name}))
    for policy in policies.items:
        yield from _in_document(name, {name}, policy)
    yield from _of_aws(name, policies)


def _connectors(opened: Opened, resource: Resource) -> Iterator[_Grant]:
    """A connector from any resource to a bus, with one destination or several."""
    if resource.kind == _CONNECTOR:
        source = resource.properties.get("Source", "Id").text
        yield from _to_bus(opened, resource.logical_id, source, resource.properties)
    for name, connector in resource.attribute("Connectors").members.items():
        properties = connector.value.get("Properties")
        connector_id = f"{resource.logical_id}{name}"
        yield from _to_bus(opened, connector_id, resource.logical_id, properties)


def _to_bus(opened: Opened, name: str, source: str, properties: Placed) -> Iterator[_Grant]:
    if "Write" not in {access.text for access in properties.get("Permissions").items}:
        return
    for destination in properties.get("Destination").items:
        made = opened.template.resources.get(destination.get("Id").text, {})
        if (destination.get("Type").text or made.get("Type")) == _BUS:
            yield _Grant(name, without_lines(_RIGHT, destination.line), frozenset({source}))


def _of_bus(policy: Resource) -> Iterator[_Grant]:
    """The statement is an object, JSON, or the properties themselves."""
    statement = policy.properties.get("Statement")
    if isinstance(statement.value, Text):
        statement = from_json(statement.value, []) or statement
    if statement.value is None:
        action = policy.properties.get("Action")
        document = {"Effect": "Allow", "Action": action.text}
        statement = without_lines(document, action.line)
    yield _Grant(policy.logical_id, statement, is_bus_policy=True)


def _of_aws(name: str, policies: Placed) -> Iterator[_Grant]:
    for policy in policies.items:
        if policy.text.rpartition("/")[2] in _AWS_POLICIES:
            yield _Grant(name, without_lines(_RIGHT, policy.line), frozenset({name}))


def _in_document(name: str, holders: set[str], document: Placed) -> Iterator[_Grant]:
    statements = (part.get("Statement").items for part in document.alternatives)
    for statement in chain.from_iterable(statements):
        yield _Grant(name, statement, frozenset(holders))
