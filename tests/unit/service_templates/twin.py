"""A template broken in one place, and what the invariant that guards the place says of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.unit.service_templates.stack import Stack, stack

Invariant = Callable[[Stack], Iterator[str]]

_GLOBAL: Final = "Globals/Function/"

GONE: Final = object()
"""Stands for a field that is removed."""


@dataclass(frozen=True)
class Twin:
    """One way to break one template; `changes` maps a dotted place to its new value."""

    invariant: Invariant
    name: str
    changes: Mapping[str, Any]
    finding: str

    def broken(self) -> Stack:
        """The template with the changes made."""
        twin = stack(self.name).copy()
        for place, value in self.changes.items():
            for one in _places(twin, place):
                _change(twin.body, one.split("/"), value)
        return twin


def _places(twin: Stack, place: str) -> Iterator[str]:
    """The place itself, or that of each function if it is one of Globals."""
    if not place.startswith(_GLOBAL):
        yield place
        return
    name = place.removeprefix(_GLOBAL)
    for function, properties in twin.functions.items():
        if name.partition("/")[0] in properties:
            yield f"Resources/{function}/Properties/{name}"


def _change(body: Any, path: list[str], value: Any) -> None:
    for step in path[:-1]:
        body = body[int(step)] if isinstance(body, list) else body.setdefault(step, {})
    last: Any = int(path[-1]) if isinstance(body, list) else path[-1]
    if value is GONE:
        body.pop(last)
    else:
        body[last] = value


PAY: Final = "Resources/DecidePayment"
QUEUE: Final = f"{PAY}Queue/Properties"
LETTERS: Final = f"{PAY}DeadLetters/Properties"
RULE: Final = f"{PAY}Rule/Properties"
FUNCTION: Final = f"{PAY}Function/Properties"
EVENT: Final = f"{FUNCTION}/Events/Queue/Properties"
VARIABLES: Final = "Globals/Function/Environment/Variables"
ROLE: Final = f"{PAY}Role/Properties"
CONSUMER_RIGHTS: Final = f"{ROLE}/Policies/0/PolicyDocument/Statement"
SENDER: Final = f"{PAY}QueuePolicy/Properties/PolicyDocument/Statement/0"
OTHER_RULE: Final = {"Fn::GetAtt": ["SomeoneElsesRule", "Arn"]}
