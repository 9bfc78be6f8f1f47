"""Permissions to put events that a template grants, and the functions that have them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from trunklab.templates.opened import Opened, Resource
from trunklab.templates.placed import Placed, Text, from_json, without_lines
from trunklab.templates.topology import Function, Producer

_POLICIES: Final = frozenset(
    {
        *("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"),
        *("AWS::IAM::GroupPolicy", "AWS::IAM::UserPolicy"),
    }
)
_ROLES: Final = ("AWS::IAM::Role", "AWS::IAM::Group", "AWS::IAM::User")
_HOLDERS: Final = frozenset({*_ROLES, "AWS::Serverless::Function", "AWS::Serverless::StateMachine"})
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
    holders: frozenset[str]
    is_bus_policy: bool


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
    for resource in opened.resources:
        yield from _connectors(opened, resource)
        statements: Iterable[Placed] = ()
        holders = frozenset[str]()
        if resource.kind in _HOLDERS:
            statements = _own_statements(resource.properties)
            holders = frozenset({resource.logical_id})
        elif resource.kind in _POLICIES:
            statements = _statements(resource.properties.get("PolicyDocument"))
            holders = _holders(opened, resource)
        elif resource.kind == _BUS:
            statements = _statements(resource.properties.get("Policy"))
        elif resource.kind == _BUS_POLICY:
            statements = (_bus_statement(resource.properties),)
        is_bus_policy = resource.kind in {_BUS, _BUS_POLICY}
        for statement in statements:
            yield _Grant(resource.logical_id, statement, holders, is_bus_policy)


def _own_statements(properties: Placed) -> Iterator[Placed]:
    """Yields the statements of a role, or of the role that SAM gives a resource."""
    for policy in properties.get("Policies").items + properties.get("ManagedPolicyArns").items:
        yield from _statements(policy)
        yield from _statements(policy.get("PolicyDocument"))
        if _SAM_POLICY in policy.members:
            yield without_lines(_RIGHT, policy.members[_SAM_POLICY].line)
        if policy.text.rpartition("/")[2] in _AWS_POLICIES:
            yield without_lines(_RIGHT, policy.line)
    destinations = properties.get("EventInvokeConfig", "DestinationConfig").members
    for destination in destinations.values():
        if destination.value.get("Type").text == "EventBridge":
            yield without_lines(_RIGHT, destination.line)


def _holders(opened: Opened, policy: Resource) -> frozenset[str]:
    """Returns the roles that a policy names, and those that name it."""
    held_by = policy.properties.get("Roles").items + policy.properties.get("RoleName").items
    naming = (
        role.logical_id
        for role in opened.of(*_ROLES)
        for arn in role.properties.get("ManagedPolicyArns").items
        if opened.referred(arn) == policy.logical_id
    )
    return frozenset({*map(opened.referred, held_by), *naming} - {""})


def _connectors(opened: Opened, resource: Resource) -> Iterator[_Grant]:
    """A connector from any resource to a bus, with one destination or several."""
    if resource.kind == _CONNECTOR:
        source = resource.properties.get("Source", "Id").text
        yield from _to_bus(opened, resource.logical_id, source, resource.properties)
    for name, connector in resource.attribute("Connectors").members.items():
        connector_id = f"{resource.logical_id}{name}"
        properties = connector.value.get("Properties")
        yield from _to_bus(opened, connector_id, resource.logical_id, properties)


def _to_bus(opened: Opened, name: str, source: str, properties: Placed) -> Iterator[_Grant]:
    if "Write" not in {access.text for access in properties.get("Permissions").items}:
        return
    for destination in properties.get("Destination").items:
        made = opened.template.resources.get(destination.get("Id").text, {})
        if (destination.get("Type").text or made.get("Type")) == _BUS:
            yield _Grant(
                name,
                without_lines(_RIGHT, destination.line),
                frozenset({source}),
                is_bus_policy=False,
            )


def _bus_statement(policy: Placed) -> Placed:
    """Returns the statement: an object, JSON, or the properties themselves."""
    statement, action = policy.get("Statement"), policy.get("Action")
    if isinstance(statement.value, Text):
        return from_json(statement.value, []) or statement
    if statement.value is None:
        return without_lines({"Effect": "Allow", "Action": action.text}, action.line)
    return statement


def _statements(document: Placed) -> Iterator[Placed]:
    for part in document.alternatives:
        yield from part.get("Statement").items
