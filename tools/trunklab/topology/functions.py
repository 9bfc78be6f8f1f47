"""Finds the functions of a template, the queues that they read, and the rights to publish."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from trunklab.topology.model import Function, Producer
from trunklab.topology.opened import Opened, Resource
from trunklab.topology.placed import Placed, without_lines

_FUNCTIONS: Final = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_POLICIES: Final = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
_PUTTING: Final = frozenset({"events:PutEvents", "events:Put*", "events:*", "*"})
_COMPARING: Final = ("StringEquals", "ForAllValues:StringEquals", "StringEqualsIgnoreCase")
_SOURCE: Final = "events:source"
_SAM_POLICY: Final = "EventBridgePutEventsPolicy"
"""SAM's own policy: it admits every source."""


def functions_of(opened: Opened) -> Iterator[Function]:
    """Every function of a template."""
    mapped = list(_mappings(opened))
    for resource in opened.of(*_FUNCTIONS):
        own, shared = resource.properties, opened.function_defaults
        is_sam = resource.kind == _FUNCTIONS[0]
        variables = {
            name: member.value.text
            for one in ((shared, own) if is_sam else (own,))
            for name, member in one.get("Environment", "Variables").members.items()
        }
        queues = [queue for function, queue in mapped if function == resource.logical_id]
        yield Function(
            service=opened.service,
            template=opened.path,
            line=resource.line,
            logical_id=resource.logical_id,
            handler=own.get("Handler").text or (shared.get("Handler").text if is_sam else ""),
            code=_code(opened, own.get("CodeUri").text or shared.get("CodeUri").text),
            variables=variables,
            role=opened.referred(own.get("Role")),
            queues=tuple(dict.fromkeys([*_sam_queues(opened, own), *queues])),
        )


def producers_of(opened: Opened, functions: Sequence[Function]) -> Iterator[Producer]:
    """Every right of a template to put events."""
    for policy, holders, statement in _statements(opened):
        if statement.get("Effect").text != "Allow":
            continue
        if not {one.text for one in statement.get("Action").items} & _PUTTING:
            continue
        allowed = _allowed(statement)
        yield Producer(
            service=opened.service,
            template=opened.path,
            line=allowed[0].line if allowed else statement.line,
            policy=policy,
            allowed=tuple(one.text for one in allowed) if allowed is not None else None,
            functions=tuple(one for one in functions if {one.role, one.logical_id} & holders),
        )


def _allowed(statement: Placed) -> tuple[Placed, ...] | None:
    for comparing in _COMPARING:
        allowed = statement.get("Condition", comparing, _SOURCE)
        if allowed.value is not None:
            return allowed.items
    return None


def _statements(opened: Opened) -> Iterator[tuple[str, set[str], Placed]]:
    """Each statement with its resource's id, and the roles and functions that it gives rights."""
    roles = {one.logical_id: one for one in opened.of("AWS::IAM::Role")}
    for name, role in roles.items():
        for policy in role.properties.get("Policies").items:
            yield from _in_document(name, {name}, policy.get("PolicyDocument"))
    for managed in opened.of(*_POLICIES):
        holders = {opened.referred(one) for one in managed.properties.get("Roles").items}
        for name, role in roles.items():
            arns = role.properties.get("ManagedPolicyArns").items
            holders |= {name} if managed.logical_id in map(opened.referred, arns) else set()
        document = managed.properties.get("PolicyDocument")
        yield from _in_document(managed.logical_id, holders - {""}, document)
    for function in opened.of(_FUNCTIONS[0]):
        yield from _inline(function)


def _inline(function: Resource) -> Iterator[tuple[str, set[str], Placed]]:
    holders = {function.logical_id}
    for policy in function.properties.get("Policies").items:
        if _SAM_POLICY in policy.members:
            line = policy.members[_SAM_POLICY].line
            yield function.logical_id, holders, _sam_statement(line)
        yield from _in_document(function.logical_id, holders, policy)


def _in_document(
    name: str, holders: set[str], document: Placed
) -> Iterator[tuple[str, set[str], Placed]]:
    for statement in document.get("Statement").items:
        yield name, holders, statement


def _sam_statement(line: int) -> Placed:

    return without_lines({"Effect": "Allow", "Action": "events:PutEvents"}, line)


def _sam_queues(opened: Opened, own: Placed) -> Iterator[str]:
    for member in own.get("Events").members.values():
        if member.value.get("Type").text == "SQS":
            queue = opened.referred(member.value.get("Properties", "Queue"))
            if queue:
                yield queue


def _mappings(opened: Opened) -> Iterator[tuple[str, str]]:
    """Pairs of function and queue that event source mappings join."""
    for mapping in opened.of("AWS::Lambda::EventSourceMapping"):
        function = opened.referred(mapping.properties.get("FunctionName"))
        queue = opened.referred(mapping.properties.get("EventSourceArn"))
        if function and queue:
            yield function, queue


def _code(opened: Opened, code: str) -> PurePosixPath | None:
    if not code or ":" in code:
        return None
    folder = (opened.root / opened.path.parent / code).resolve()
    root = opened.root.resolve()
    if not folder.is_dir() or not folder.is_relative_to(root):
        return None
    return PurePosixPath(folder.relative_to(root).as_posix())
