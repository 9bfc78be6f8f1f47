"""Finds the rights to publish that a template gives, and who has them."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from trunklab.templates.opened import Opened, Resource
from trunklab.templates.placed import Placed, without_lines
from trunklab.templates.template_functions import FUNCTIONS
from trunklab.templates.topology import Function, Producer

_POLICIES: Final = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")
_PUTTING: Final = "events:putevents"
_COMPARING: Final = frozenset({"stringequals", "stringequalsignorecase", "stringlike"})
_FOR_SETS: Final = ("foranyvalue:", "forallvalues:")
_IF_THERE: Final = "ifexists"
_SOURCE: Final = "events:source"
_FREE: Final = frozenset("*?")
_SAM_POLICY: Final = "EventBridgePutEventsPolicy"
"""SAM's own policy: it admits every source."""

_AWS_POLICIES: Final = ("AmazonEventBridgeFullAccess", "PowerUserAccess", "AdministratorAccess")
"""AWS's own policies that admit every source."""

_RIGHT: Final = {"Effect": "Allow", "Action": "events:PutEvents"}


def producers_of(opened: Opened, functions: Sequence[Function]) -> Iterator[Producer]:
    """Every right of a template to put events."""
    for policy, holders, statement in _statements(opened):
        if not _admits(statement):
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


def _admits(statement: Placed) -> bool:
    """Whether it is a right to put events; IAM takes actions in any case, with * and ?."""
    if statement.get("Effect").text != "Allow":
        return False
    actions, others = statement.get("Action").items, statement.get("NotAction").items
    return any(map(_is_putting, actions)) or (bool(others) and not any(map(_is_putting, others)))


def _is_putting(action: Placed) -> bool:
    return fnmatchcase(_PUTTING, action.text.lower())


def _allowed(statement: Placed) -> tuple[Placed, ...] | None:
    """The sources that the condition names; a pattern with stars binds nobody to one source."""
    for operator, compared in statement.get("Condition").members.items():
        if _plain(operator) not in _COMPARING:
            continue
        for key, member in compared.value.members.items():
            if key.lower() == _SOURCE and not any(
                _FREE & {*one.text} for one in member.value.items
            ):
                return member.value.items
    return None


def _plain(operator: str) -> str:
    """A comparison without what it does with several values, or with none."""
    found = operator.lower().removesuffix(_IF_THERE)
    for prefix in _FOR_SETS:
        found = found.removeprefix(prefix)
    return found


def _statements(opened: Opened) -> Iterator[tuple[str, set[str], Placed]]:
    """Each statement with its resource's id, and the roles and functions that it gives rights."""
    roles = {one.logical_id: one for one in opened.of("AWS::IAM::Role")}
    for name, role in roles.items():
        for inline in role.properties.get("Policies").items:
            yield from _in_document(name, {name}, inline.get("PolicyDocument"))
        yield from _of_aws(name, role.properties.get("ManagedPolicyArns"))
    for policy in opened.of(*_POLICIES):
        held_by = policy.properties.get("Roles").items + policy.properties.get("RoleName").items
        holders = set(map(opened.referred, held_by))
        for name, role in roles.items():
            arns = role.properties.get("ManagedPolicyArns").items
            holders |= {name} if policy.logical_id in map(opened.referred, arns) else set()
        document = policy.properties.get("PolicyDocument")
        yield from _in_document(policy.logical_id, holders - {""}, document)
    for function in opened.of(FUNCTIONS[0]):
        yield from _inline(function)


def _inline(function: Resource) -> Iterator[tuple[str, set[str], Placed]]:
    name, policies = function.logical_id, function.properties.get("Policies")
    for policy in policies.items:
        if _SAM_POLICY in policy.members:
            yield name, {name}, without_lines(_RIGHT, policy.members[_SAM_POLICY].line)
        yield from _in_document(name, {name}, policy)
    yield from _of_aws(name, policies)


def _of_aws(name: str, policies: Placed) -> Iterator[tuple[str, set[str], Placed]]:
    for policy in policies.items:
        if policy.text.rpartition("/")[2] in _AWS_POLICIES:
            yield name, {name}, without_lines(_RIGHT, policy.line)


def _in_document(
    name: str, holders: set[str], document: Placed
) -> Iterator[tuple[str, set[str], Placed]]:
    for statement in document.get("Statement").items:
        yield name, holders, statement
