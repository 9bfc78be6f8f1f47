"""Who listens to what and who publishes it, as templates and code say it, each with its place.

Paths are relative to the root that was read; lines count from 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

Steps = tuple[str | int, ...]
"""A way into a pattern as it is written: keys, and places in arrays."""

DEFAULT_BUS: Final = "default"
"""The bus of a rule that names none, and of AWS's own events."""

_MAJOR: Final = re.compile(r"(?P<event>.+?)V(?P<major>[0-9]+)")


class Kind(StrEnum):
    """What declares a rule."""

    RULE = "AWS::Events::Rule"
    FUNCTION_EVENT = "EventBridgeRule"
    SUBSCRIBER = "AWS::EventsV2::Subscriber"


@dataclass(frozen=True)
class Unresolved:
    """An expression of a pattern that only a deployment gives a value."""

    line: int
    expression: str
    reason: str
    parameter: str = ""
    """The name in SSM whose value it is."""

    def __str__(self) -> str:
        return f"{self.expression}: {self.reason}"


@dataclass(frozen=True)
class Target:
    """What a rule sends to: the logical id of a resource of its template, or "" if unknown."""

    line: int
    logical_id: str
    expression: str


@dataclass(frozen=True)
class Rule:
    """One rule of a template, with its pattern where that could be worked out."""

    kind: Kind
    service: str
    template: PurePosixPath
    line: int
    logical_id: str
    name: str
    bus: str
    """The bus's name as far as it is known, else the expression."""
    enabled: bool
    pattern: Mapping[str, Any] | None
    """None if there is none, if the text is no JSON, or if an expression has no value yet."""
    text: str | None
    """The pattern as AWS gets it: as it stands in the template if that is text."""
    pattern_line: int
    lines: Mapping[Steps, int] = field(repr=False)
    """The line of every key, and of every entry of an array."""
    text_lines: tuple[int, ...] = field(repr=False)
    """The line of every character of a pattern that is text."""
    unresolved: tuple[Unresolved, ...]
    targets: tuple[Target, ...]

    @property
    def full_name(self) -> str:
        """Unique among all rules."""
        return f"{self.service}.{self.logical_id}"

    def line_of(self, steps: Steps) -> int:
        """The line of a place in the pattern; of what is not there the line of what holds it."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, self.pattern_line)


@dataclass(frozen=True)
class Function:
    """A function of a template."""

    service: str
    template: PurePosixPath
    line: int
    logical_id: str
    handler: str
    """`package.module.name`, as Lambda gets it."""
    code: PurePosixPath | None
    """The folder of its code; None if that is no folder of the repository."""
    variables: Mapping[str, str]
    """Its environment, as far as it is known."""
    role: str
    """The logical id of its role, "" if it has none of its template."""
    queues: tuple[str, ...] = ()
    """The logical ids of the queues that it reads."""

    @property
    def full_name(self) -> str:
        """Unique among all functions."""
        return f"{self.service}.{self.logical_id}"

    @property
    def module(self) -> str:
        """The dotted name of the module that its handler is in."""
        return self.handler.rpartition(".")[0]

    @property
    def symbol(self) -> str:
        """The name of its handler in the module."""
        return self.handler.rpartition(".")[2]


@dataclass(frozen=True)
class Handler:
    """One `@app.on(Contract, name=…)`."""

    service: str
    file: PurePosixPath
    line: int
    name: str
    contract_name: str
    """The contract's class, as its module calls it: OrderPlaced, OrderPlacedV2."""
    domain: str
    """The folder below schemas/ that it is imported from."""
    app: str
    """The dotted name of the Consumer that it is declared on."""

    @property
    def contract_path(self) -> PurePosixPath:
        """Where the contract's committed schema lies: the `path` of a `contracts.Contract`."""
        major = _MAJOR.fullmatch(self.contract_name)
        name = f"{major['event']}.v{int(major['major'])}" if major else self.contract_name
        return PurePosixPath("schemas", self.domain, f"{name}.schema.json")


@dataclass(frozen=True)
class Consumer:
    """What one rule leads to: a function, by way of a queue or directly, and its handlers."""

    service: str
    rule: Rule
    queue: str
    """The queue's logical id, "" if the rule calls the function itself."""
    function: Function
    handlers: tuple[Handler, ...]
    declares: bool
    """Whether the function's handlers are known: whether it is a `Consumer` of the runtime."""

    @property
    def full_name(self) -> str:
        """Unique among all functions: two rules of one function are one consumer."""
        return self.function.full_name


@dataclass(frozen=True)
class Producer:
    """One right to put events on a bus, and the functions that have it."""

    service: str
    template: PurePosixPath
    line: int
    """The line of the condition's source if there is one, else of the statement."""
    policy: str
    """The logical id of the resource that holds the statement."""
    allowed: tuple[str, ...] | None
    """The sources that the condition admits; None without such a condition."""
    functions: tuple[Function, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """What its functions call their source: TRUNKLINE_SOURCE."""
        named = (one.variables.get("TRUNKLINE_SOURCE", "") for one in self.functions)
        return tuple(dict.fromkeys(filter(None, named)))


@dataclass(frozen=True)
class Topology:
    """Everything that was found."""

    rules: tuple[Rule, ...]
    producers: tuple[Producer, ...]
    handlers: tuple[Handler, ...]
    consumers: tuple[Consumer, ...]
    functions: tuple[Function, ...]
