"""Finds resources of two stacks that bear one name, of which the emulator silently keeps one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.templates.template_file import JsonObject

_UNIQUE_IN_ACCOUNT: Final = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::Events::EventBus",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::Kinesis::Stream",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::SecretsManager::Secret",
        "AWS::StepFunctions::StateMachine",
    }
)
"""Types whose physical id is, or ends with, a name that an account has once in a region."""

_UNIQUE_WITHIN: Final = {
    "AWS::Events::Rule": "EventBusName",
    "AWS::Scheduler::Schedule": "GroupName",
}
"""Types whose names are unique within what this property names, `default` when it is absent."""


@dataclass(frozen=True)
class Described:
    """A resource as the description of its stack has it."""

    logical_id: str
    resource_type: str
    physical_id: str


class Names:
    """The names that the stacks deployed so far have taken."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str, str], tuple[str, str]] = {}

    def clashes(
        self,
        stack: str,
        resources: Iterable[Described],
        body: JsonObject,
        values: Mapping[str, str],
    ) -> list[str]:
        """Take a stack's names; say which of them another resource has already.

        `values` are the stack's parameters: a name may be unique only within what they name.
        """
        listed = list(resources)
        values = {**values, **{one.logical_id: one.physical_id for one in listed}}
        self._taken = {key: owner for key, owner in self._taken.items() if owner[0] != stack}
        found = []
        for one in listed:
            scope = _scope(one, body, values)
            if scope is None:
                continue
            owner = self._taken.setdefault(
                (one.resource_type, scope, one.physical_id), (stack, one.logical_id)
            )
            if owner != (stack, one.logical_id):
                found.append(
                    f"{one.logical_id} of stack {stack} and {owner[1]} of stack {owner[0]} are both"
                    f" the {one.resource_type} {one.physical_id!r}: give one another name"
                )
        return found


def _scope(one: Described, body: JsonObject, values: Mapping[str, str]) -> str | None:
    """Return within what the name is unique; None where it need not be, or nobody can tell."""
    if one.resource_type in _UNIQUE_IN_ACCOUNT:
        return ""
    if one.resource_type not in _UNIQUE_WITHIN:
        return None
    properties = body["Resources"].get(one.logical_id, {}).get("Properties", {})
    within: Any = properties.get(_UNIQUE_WITHIN[one.resource_type], "default")
    if isinstance(within, dict) and within.keys() == {"Ref"}:
        return values.get(within["Ref"])
    return within if isinstance(within, str) else None
