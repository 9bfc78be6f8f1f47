"""What is gathered while a handler is followed: reads, places that cannot be followed, objects."""

import ast
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from trunklab.contracts.impact.field_paths import EVERYTHING, Path
from trunklab.contracts.impact.static.limits import PATH_NAMES_MAX
from trunklab.contracts.impact.static.sources import Module, Sources
from trunklab.contracts.impact.static.types import Types
from trunklab.contracts.impact.static.values import (
    NOTHING,
    Arguments,
    At,
    Atom,
    Box,
    Class,
    Frame,
    Incoming,
    Instance,
    Partial,
    Unit,
    Value,
)


@dataclass(frozen=True, order=True)
class Place:
    """A place of the source that is not followed, and why."""

    path: PurePosixPath
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.why}"


@dataclass
class Analysis:
    """One handler's analysis; the objects outlive a round, what was noted does not."""

    sources: Sources
    types: Types
    evaluate: "Callable[[Analysis, Frame, ast.expr], Value]"
    call: "Callable[[Analysis, Frame, ast.AST, Value, Arguments], Value]"
    paths: set[Path] = field(default_factory=set)
    unknown: set[Place] = field(default_factory=set)
    kept: dict[Hashable, dict[str, Value]] = field(default_factory=dict)
    """What objects and containers hold, by what they are and the name within."""
    results: dict[Hashable, Value] = field(default_factory=dict)
    """What followed calls returned, by function and arguments."""
    followed: set[Hashable] = field(default_factory=set)
    """The calls followed in this round."""
    inner_sites: dict[tuple[ast.AST, str], ast.AST] = field(default_factory=dict)
    depth: int = 0
    nesting: int = 0
    has_changed: bool = False

    def begin_round(self) -> None:
        """Forget what was noted, keep what is known of objects and results."""
        self.paths.clear()
        self.unknown.clear()
        self.followed.clear()
        self.depth = self.nesting = 0
        self.has_changed = False

    def note(self, at: At) -> Value:
        """The value at this path is looked at."""
        if len(at.path) > PATH_NAMES_MAX:
            self.paths.add((*at.path[:PATH_NAMES_MAX], EVERYTHING))
            return NOTHING
        if at.path:
            self.paths.add(at.path)
        return frozenset({at})

    def cannot_follow(self, frame: Frame, node: ast.AST, why: str) -> None:
        """Something of the event goes where nothing is known of what is read."""
        self.unknown.add(Place(frame.module.path, getattr(node, "lineno", 1), why))

    def keep(self, owner: Hashable, name: str, value: Value) -> None:
        """An object or container holds the value from now on, beside what it held."""
        holds = self.kept.setdefault(owner, {})
        before = holds.get(name, NOTHING)
        if not value <= before:
            holds[name] = before | value
            self.has_changed = True

    def result(self, key: Hashable, value: Value) -> Value:
        """A followed call returned the value, beside what it returned before."""
        before = self.results.get(key, NOTHING)
        if not value <= before:
            self.results[key] = before | value
            self.has_changed = True
        return self.results.get(key, NOTHING)

    def held(self, owner: Atom) -> Value:
        """Everything that the object or container holds."""
        return NOTHING.union(*self.holdings(owner).values())

    def holdings(self, owner: Atom) -> dict[str, Value]:
        """The same by name; `ANY` stands for those whose name is not known."""
        key = owner.site if isinstance(owner, Box | Partial) else owner
        return self.kept.get(key, {})

    def within(self, value: Value) -> set[Atom]:
        """The value's parts with what they hold, however deep."""
        found: set[Atom] = set()
        waiting = list(value)
        while waiting:
            atom = waiting.pop()
            if atom not in found:
                found.add(atom)
                if isinstance(atom, Box | Class | Instance | Partial):
                    waiting += self.held(atom)
        return found

    def read_whole(self, value: Value) -> Value:
        """The value is read with everything below it; nothing of it need be followed further."""
        for atom in self.within(value):
            if isinstance(atom, At):
                scalar = self.types.is_scalar(atom.places)
                self.paths.add(atom.path if scalar else (*atom.path, EVERYTHING))
            elif isinstance(atom, Incoming):
                self.paths.add((EVERYTHING,))
        return NOTHING

    def of_event(self, value: Value) -> bool:
        """Whether anything below the value is the event's and not yet noted as read."""
        return any(
            isinstance(atom, Incoming | Unit)
            or (isinstance(atom, At) and not self.types.is_scalar(atom.places))
            for atom in self.within(value)
        )

    def inner_site(self, site: ast.AST, name: str) -> ast.AST:
        """A second container made at the same place: the pairs of a zip, of a dict's items."""
        return self.inner_sites.setdefault((site, name), ast.Tuple([], ast.Load()))

    def module(self, name: str) -> Module | None:
        """The module of that name, if it can be followed."""
        return self.sources.module(name)
