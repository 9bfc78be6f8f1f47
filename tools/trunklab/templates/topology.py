"""Rules, consumers and producers that templates and code declare, each with its place.

Paths are relative to the root that was read; lines count from 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

from trunklab.templates.errors import TopologyError
from trunklab.templates.expressions import Missing

Steps = tuple[str | int, ...]
"""A path into a pattern: keys, and indexes of arrays."""

DEFAULT_BUS: Final = "default"
"""The bus of a rule that names none, and of AWS's own events."""

FIX: Final = "fix the file; run `sam validate --lint` for details of a template"

_MAJOR: Final = re.compile(r"(?P<event>.+?)V(?P<major>[0-9]+)")


class Kind(StrEnum):
    """Type of the resource or event that declares a rule."""

    RULE = "AWS::Events::Rule"
    SAM_EVENT = "EventBridgeRule"
    SUBSCRIBER = "AWS::EventsV2::Subscriber"


class BusKind(StrEnum):
    """The kind of bus that a rule is on."""

    OWN = "own"
    """A template of the repository declares it: it carries the events of the contracts."""
    DEFAULT = "default"
    OTHER = "other"
    UNKNOWN = "unknown"
    """A value is missing; such a rule counts as one on an own bus."""


@dataclass(frozen=True)
class Unread:
    """A template, a part of one, or a folder of code that could not be read."""

    file: PurePosixPath
    line: int
    problem: str


@dataclass(frozen=True)
class Unresolved:
    """An expression without a value here."""

    line: int
    expression: str
    reason: str
    missing: Missing
    parameter: str = ""
    """The name in SSM whose value it is."""

    def __str__(self) -> str:
        return f"{self.expression}: {self.reason}"


@dataclass(frozen=True)
class Target:
    """A target of a rule; the logical id is "" if it is not a resource of the template."""

    line: int
    logical_id: str
    expression: str


@dataclass(frozen=True)
class Rule:
    """One rule of a template, with its pattern if that has a value."""

    kind: Kind
    service: str
    template: PurePosixPath
    line: int
    logical_id: str
    name: str
    bus: str
    """The name of the bus, or the expression if the name is unknown."""
    bus_line: int
    bus_missing: Missing | None
    """Why only the expression is known."""
    enabled: bool
    pattern: Mapping[str, Any] | None
    """None if it is missing or not JSON, or if an expression has no value."""
    text: str | None
    """The pattern as AWS receives it."""
    known: str | None
    """The pattern without clauses that have an unknown value; None if no clause remains."""
    pattern_line: int
    lines: Mapping[Steps, int] = field(repr=False)
    """The line of every key and array element."""
    text_lines: tuple[int, ...] = field(repr=False)
    """The line of every character of a pattern that is a string."""
    unresolved: tuple[Unresolved, ...]
    targets: tuple[Target, ...]
    bus_kind: BusKind = BusKind.UNKNOWN
    duplicate_keys: tuple[tuple[str, int], ...] = ()
    """Keys that an object of the pattern's text has twice, each with its line."""

    @property
    def receives_contracts(self) -> bool:
        """True if events of the repository's contracts may reach the rule."""
        return self.bus_kind in {BusKind.OWN, BusKind.UNKNOWN}

    @property
    def full_name(self) -> str:
        """Unique among all rules."""
        return f"{self.service}.{self.logical_id}"

    def line_of(self, steps: Steps) -> int:
        """Returns the line of a place in the pattern, or of its nearest parent that exists."""
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
    """`package.module.name`"""
    code: PurePosixPath | None
    """The folder of its code; None if that is outside of the repository."""
    variables: Mapping[str, str]
    role: str
    """The logical id of its role, "" if the template does not declare it."""
    queues: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Unique among all functions."""
        return f"{self.service}.{self.logical_id}"


@dataclass(frozen=True)
class Handler:
    """One `@app.on(Contract, name=…)`."""

    service: str
    file: PurePosixPath
    line: int
    name: str
    contract_name: str
    """The name of the contract's class: VanParked, VanParkedV2."""
    domain: str
    """The folder of the contract below schemas/."""
    app: str
    """The dotted name of its Consumer."""

    @property
    def contract_path(self) -> PurePosixPath:
        """The path of the contract's schema, as in `contracts.Contract`."""
        major = _MAJOR.fullmatch(self.contract_name)
        name = f"{major['event']}.v{int(major['major'])}" if major else self.contract_name
        return PurePosixPath("schemas", self.domain, f"{name}.schema.json")


@dataclass(frozen=True)
class Consumer:
    """A function that a rule starts, directly or through a queue, and its handlers."""

    service: str
    rule: Rule
    queue: str
    """The logical id of the queue, "" if the rule calls the function."""
    function: Function
    handlers: tuple[Handler, ...]
    declares: bool
    """True if the function is a `Consumer` of the runtime, so that its handlers are known."""

    @property
    def full_name(self) -> str:
        """Unique among all functions: two rules of one function are one consumer."""
        return self.function.full_name


@dataclass(frozen=True)
class Producer:
    """One permission to put events on a bus, and the functions that have it."""

    service: str
    template: PurePosixPath
    line: int
    """The line of the source in the condition, or of the statement."""
    policy: str
    """The logical id of the resource with the statement."""
    allowed: tuple[str, ...] | None
    """The sources that the condition allows; None without such a condition."""
    functions: tuple[Function, ...]
    is_bus_policy: bool = False
    """True for a statement of a bus, which grants the permission to its principals."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The values of TRUNKLINE_SOURCE in the environments of its functions."""
        named = (one.variables.get("TRUNKLINE_SOURCE", "") for one in self.functions)
        return tuple(dict.fromkeys(filter(None, named)))


@dataclass(frozen=True)
class Refusal:
    """One part of a template that AWS refuses at deployment."""

    template: PurePosixPath
    line: int
    check: str
    problem: str
    fix: str


@dataclass(frozen=True)
class Topology:
    """Everything that a repository declares."""

    rules: tuple[Rule, ...]
    producers: tuple[Producer, ...]
    handlers: tuple[Handler, ...]
    consumers: tuple[Consumer, ...]
    functions: tuple[Function, ...]
    unread: tuple[Unread, ...] = ()
    buses: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def whole(self) -> "Topology":
        """Returns itself; raises TopologyError if a part of the repository could not be read."""
        for part in self.unread:
            raise TopologyError(f"{part.file}:{part.line}", part.problem, FIX)
        return self
