"""What an expression may stand for, as far as the event is concerned; all else is nothing."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from trunklab.contracts.impact.field_paths import Path
from trunklab.contracts.impact.static.sources import Module
from trunklab.contracts.impact.static.types import Places


@dataclass(frozen=True)
class At:
    """A value of the event."""

    path: Path
    places: Places


@dataclass(frozen=True)
class Text:
    """A literal."""

    text: str


@dataclass(frozen=True)
class Function:
    """A function of the service's own, or of the contracts' package; a lambda too."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: Module
    unknown_decorator: str = ""


@dataclass(frozen=True)
class Class:
    """A class of the service's own, or of the contracts' package."""

    node: ast.ClassDef
    module: Module


@dataclass(frozen=True)
class Instance:
    """An object of such a class; its attributes are kept for all objects of the class."""

    of: Class


@dataclass(frozen=True)
class Parent:
    """An object, or its class, as the bases of one of its classes see it: `super()`."""

    me: "Instance | Class"
    below: Class


@dataclass(frozen=True)
class Box:
    """A list, tuple, set, dict or iterator; what is in it is kept by the place that made it."""

    site: ast.AST


@dataclass(frozen=True)
class Partial:
    """A function with some arguments given; they are kept by the place that made it."""

    site: ast.AST


@dataclass(frozen=True)
class Bound:
    """A method of something, by name."""

    owner: "At | Instance | Class | Box | Unit | Incoming"
    name: str


@dataclass(frozen=True)
class Outside:
    """A name of another library, or of Python itself (`builtins.len`)."""

    name: str


@dataclass(frozen=True)
class Package:
    """A module that can be followed."""

    module: Module


@dataclass(frozen=True)
class Unit:
    """The unit of work that the runtime hands in."""


@dataclass(frozen=True)
class Incoming:
    """`unit.event`: the envelope with the data as plain JSON."""


Atom = (
    At
    | Text
    | Function
    | Class
    | Instance
    | Parent
    | Box
    | Partial
    | Bound
    | Outside
    | Package
    | Unit
    | Incoming
)
Value = frozenset[Atom]

NOTHING: Final[Value] = frozenset()

ANY: Final = "*"
"""The name of what a container holds at a place that is not known."""

IMPLICIT: Final = "()"
"""The name under which an object keeps what its operators hand back."""


def either(values: Iterable[Value]) -> Value:
    """What is one of the values; a literal only if no text that is not known may be it instead."""
    every = list(values)
    found = NOTHING.union(*every)
    if all(every):
        return found
    return frozenset(one for one in found if not isinstance(one, Text))


def literals(key: Value) -> list[str]:
    """The texts that a key may be; none if it may be another as well."""
    texts = [one.text for one in key if isinstance(one, Text)]
    return texts if len(texts) == len(key) else []


@dataclass(frozen=True)
class Arguments:
    """What a call hands over."""

    given: tuple[Value, ...] = ()
    named: tuple[tuple[str, Value], ...] = ()
    spread: Value = NOTHING
    """What `*` and `**` may hold, for any parameter."""

    def all(self) -> Value:
        """Everything that is handed over."""
        return NOTHING.union(*self.given, *(value for _, value in self.named), self.spread)

    def first(self) -> Value:
        """The first positional one."""
        return self.given[0] if self.given else self.spread

    def name(self, name: str) -> Value:
        """The one of that name."""
        return dict(self.named).get(name, NOTHING)

    def after(self, first: Value) -> "Arguments":
        """The same behind one more."""
        return Arguments((first, *self.given), self.named, self.spread)


@dataclass
class Frame:
    """A function while it is followed: its names, and what it hands back."""

    module: Module
    names: dict[str, Value]
    outer: "dict[str, Value]" = field(default_factory=dict)
    """The names of the functions around it."""
    returned: Value = NOTHING
    yielded: Value = NOTHING
    is_generator: bool = False
    defined: "list[ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef]" = field(
        default_factory=list
    )
    """Functions within it: they see what its names stand for at its end."""
    repeats: int = 0
    """Loops and tries around what is followed: what a name stood for before may still count."""
    rebinds: set[str] = field(default_factory=set)
    """Names of the module or of a function around it that it binds anew."""
