"""The module of a new event in its package below `schemas/`."""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from trunklab.contracts.contract import Contract
from trunklab.scaffold import code_edits, new_names
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.errors import ScaffoldError
from trunklab.scaffold.event_class import EventClass

_SCALARS: Final[dict[str, tuple[str, Any]]] = {
    "string": ("str", "text"),
    "integer": ("int", 1),
    "number": ("float", 1.5),
    "boolean": ("bool", True),
    "date": ("Date", "2026-01-14"),
    "date-time": ("DateTime", "2026-01-14T09:30:00Z"),
    "uuid": ("Uuid", "0190b6a0-0000-7000-8000-000000000001"),
}
"""Python type and example of each type."""

_FIELD: Final = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*):(?P<type>[a-z-]+|[\w-]+(\|[\w-]+)+)(?P<many>\[\])?(?P<optional>\?)?"
)
_SUBJECT: Final = "id"


@dataclass(frozen=True)
class NewField:
    """A field of a new event, written as `name:type`, `name:type[]`, `name:a|b` or `name:type?`."""

    name: str
    type: str
    is_list: bool = False
    is_optional: bool = False

    @property
    def annotation(self) -> str:
        """The declaration in the class."""
        words = ", ".join(f'"{word}"' for word in self.type.split("|"))
        python = _SCALARS[self.type][0] if self.type in _SCALARS else f"Literal[{words}]"
        python = f"tuple[{python}, ...]" if self.is_list else python
        return f"{python} | None = None" if self.is_optional else python

    @property
    def example(self) -> Any:
        """A value of the field."""
        value = _SCALARS.get(self.type, ("", self.type.partition("|")[0]))[1]
        value = f"{self.name}-1" if self.type == "string" else value
        return [value] if self.is_list else value

    @property
    def can_be_subject(self) -> bool:
        """True if the field can hold the aggregate's id."""
        return self.type == "string" and not self.is_list and not self.is_optional


def field_of(text: str) -> NewField:
    """Returns the field that an option describes; raises ScaffoldError."""
    match = _FIELD.fullmatch(text)
    if match is None or ("|" not in match["type"] and match["type"] not in _SCALARS):
        raise ScaffoldError(
            f"Invalid --field {text!r}: write name:type with one of {', '.join(_SCALARS)}, or "
            "name:a|b for constants; append [] for a list and ? for an optional field."
        )
    return NewField(match["name"], match["type"], bool(match["many"]), bool(match["optional"]))


@dataclass(frozen=True)
class NewEvent:
    """An event as `trunkline new` makes it."""

    name: str
    source: str
    fields: tuple[NewField, ...] = ()

    @property
    def service(self) -> str:
        """The folder of the service that publishes it."""
        return self.source.rpartition(".")[2]

    @property
    def package(self) -> PurePosixPath:
        """The folder of its package."""
        return PurePosixPath("schemas", new_names.snake(self.service))

    @property
    def module(self) -> PurePosixPath:
        """The path of its module."""
        return self.package / f"{new_names.snake(new_names.kebab(self.name))}.py"

    @property
    def event_class(self) -> EventClass:
        """Its class, imported from its package."""
        return EventClass(".".join(self.package.parts), self.name)

    def text(self) -> str:
        """Returns the module before formatting; raises ScaffoldError if a field is given twice."""
        fields = self.fields
        if not any(field.can_be_subject for field in fields):
            fields = (NewField(_SUBJECT, "string"), *fields)
        names = [field.name for field in fields]
        double = next((name for name in names if names.count(name) > 1), "")
        if double:
            raise ScaffoldError(
                f"{self.name} has the field {double} twice: rename one of them. An event without "
                f"a required string gets the field {_SUBJECT} for the id of its aggregate."
            )
        subject = next(field.name for field in fields if field.can_be_subject)
        example = {field.name: field.example for field in fields}
        declared = "".join(f"    {field.name}: {field.annotation}\n" for field in fields)
        return (
            f'"""The contract {self.name}."""\n\n'
            "from typing import Literal\n\n"
            "from schemas.event import Event\n"
            "from schemas.formats import Date, DateTime, Uuid\n\n\n"
            f'class {self.name}(\n    Event,\n    source="{self.source}",\n'
            f'    owner="team-{self.service}",\n    subject="{subject}",\n'
            f"    examples=({example!r},),\n):\n"
            f'    """Replace this sentence by the fact that {self.name} states."""\n\n{declared}'
        )


def add(checkout: Checkout, event: NewEvent) -> None:
    """Adds the module, and its class to the package; raises ScaffoldError."""
    new_names.check_event(event.name)
    checkout.create(event.module, event.text())
    init = event.package / "__init__.py"
    text = checkout.get(init)
    if text is None:
        text = f'"""The events of the service {event.service}."""\n\n__all__ = []\n'
    module = f"{event.event_class.module}.{event.module.stem}"
    text = _exported(init, text, {event.name})
    statement = f"from {module} import {event.name}"
    checkout.put(init, code_edits.with_import(init, text, statement))


def remove(checkout: Checkout, contract: Contract) -> set[str]:
    """Removes an event's module; returns its path if it differs from what `add` makes.

    Raises ScaffoldError if the module is not where `add` puts it.
    """
    event = NewEvent(contract.detail_type, contract.source)
    text, init = checkout.get(event.module), event.package / "__init__.py"
    if text is None or contract.path.parent != event.package:
        raise ScaffoldError(
            f"{contract.name} is not in {event.module}, where `trunkline new event` puts it. "
            "Remove it by hand, then run `trunkline schemas export`."
        )
    fields = tuple(_fields(code_edits.tree_of(event.module, text)))
    made = NewEvent(event.name, event.source, fields)
    edited = {str(event.module)} if checkout.formatted(event.module, made.text()) != text else set()
    checkout.put(event.module, None)
    package = _exported(init, checkout.text(init), {event.name})
    is_import = re.compile(rf"^from \S+ import {event.name}\n", re.MULTILINE)
    package = is_import.sub("", package)
    others = checkout.files_in(event.package) - {init, event.module}
    is_last = not any(path.suffix == ".py" and checkout.get(path) for path in others)
    checkout.put(init, None if is_last else package)
    return edited


def _exported(path: PurePosixPath, text: str, change: set[str]) -> str:
    """Returns a package whose `__all__` has other names: those of `change` come or go."""
    for node in code_edits.tree_of(path, text).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "__all__" and isinstance(node, ast.Assign):
            names = set(ast.literal_eval(node.value)) ^ change
            lines = text.splitlines(keepends=True)
            made = f"__all__ = {json.dumps(sorted(names))}\n"
            return "".join([*lines[: node.lineno - 1], made, *lines[node.end_lineno or 0 :]])
    raise ScaffoldError(f"{path} has no list `__all__ = [...]`. Add it, then repeat the command.")


def _fields(tree: ast.Module) -> Iterator[NewField]:
    """Yields the fields of a module's class as far as `add` could have made them."""
    scalars = {python: name for name, (python, _) in _SCALARS.items()}
    body: Sequence[ast.stmt] = next((n.body for n in tree.body if isinstance(n, ast.ClassDef)), [])
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            python = ast.unparse(node.annotation)
            optional, many = python.endswith(" | None"), python.startswith("tuple[")
            python = python.removesuffix(" | None").removeprefix("tuple[").removesuffix(", ...]")
            words = re.findall(r"'([^']*)'", python)
            yield NewField(node.target.id, scalars.get(python, "|".join(words)), many, optional)
