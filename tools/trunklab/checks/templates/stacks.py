"""Reads the stacks that the templates of one state of a repository make, nested ones included."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Final, cast

import yaml

from trunklab.checks.templates.files import Files
from trunklab.checks.templates.limits import NESTED_LEVELS_MAX
from trunklab.checks.templates.stores import Facts, facts
from trunklab.errors import TemplateError
from trunklab.local import template
from trunklab.local.expressions import Scope
from trunklab.local.stage_settings import StageSettings
from trunklab.topology.errors import TopologyError
from trunklab.topology.limits import TEMPLATES_MAX
from trunklab.topology.opened import MEND, not_looked_up

Place = tuple[str, ...]
"""A stack: the path of the template that is deployed, then the logical ids of nested stacks."""

_NESTED: Final = {
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
"""Types of nested stacks, each with the property that names its template."""

_EXPRESSION: Final = re.compile(r"Ref$|Fn::")


@dataclass(frozen=True)
class Store:
    """A table or a queue, and the line of its logical id."""

    line: int
    facts: Facts


@dataclass(frozen=True)
class Stack:
    """What one template says of data."""

    path: PurePosixPath
    stores: Mapping[str, Store]
    nested: Mapping[str, PurePosixPath]
    """The local templates of nested stacks, by logical id."""
    reasons: Mapping[str, str]
    """`Metadata: {Trunkline: {Replaces: …}}`: why a logical id may be replaced."""


@dataclass(frozen=True)
class Stacks:
    """All stacks by their place, and what could not be read."""

    by_place: dict[Place, Stack] = field(default_factory=dict)
    problems: list[TopologyError] = field(default_factory=list)


def stacks_of(files: Files) -> Stacks:
    """Returns the stacks of one state of a repository."""
    read = cache(lambda path: _stack(files, path))
    found = Stacks()
    waiting: list[tuple[Place, PurePosixPath]] = [((str(path),), path) for path in files.templates]
    while waiting:
        place, path = waiting.pop()
        try:
            _check_bounds(found, place, path)
            stack = read(path)
        except TopologyError as error:
            found.problems.append(error)
            continue
        found.by_place[place] = stack
        waiting += [((*place, name), nested) for name, nested in stack.nested.items()]
    return found


def _check_bounds(found: Stacks, place: Place, path: PurePosixPath) -> None:
    if len(place) > NESTED_LEVELS_MAX:
        problem = f"stacks are nested deeper than {NESTED_LEVELS_MAX} levels"
        raise TopologyError(path, problem, "make fewer levels")
    if len(found.by_place) >= TEMPLATES_MAX:
        raise TopologyError(path, f"more than {TEMPLATES_MAX} stacks", "check a part of them")


def _stack(files: Files, path: PurePosixPath) -> Stack:
    """One template; raises TopologyError."""
    if path.is_absolute() or ".." in path.parts:
        raise TopologyError(path, "lies outside of the repository", "move the template into it")
    try:
        read = template.parse(Path(path), files.read(path))
    except OSError as error:
        todo = "correct the path in the template that names it"
        raise TopologyError(path, f"cannot be read: {error.strerror}", todo) from error
    except TemplateError as error:
        raise TopologyError(path, error.problem, MEND) from error
    known = _known(path, read.body)
    return Stack(
        path, dict(_stores(read, known)), dict(_nested(read, known)), _reasons(path, read.body)
    )


def _stores(read: template.Template, known: Callable[[Any], Any]) -> Iterator[tuple[str, Store]]:
    lines = _lines(read)
    for name, resource in read.resources.items():
        found = facts(resource["Type"], known(resource.get("Properties", {})))
        if found is not None:
            yield name, Store(lines[name], found)


def _nested(
    read: template.Template, known: Callable[[Any], Any]
) -> Iterator[tuple[str, PurePosixPath]]:
    """A location that is no text, or a URL, is a template of somebody else."""
    for name, resource in read.resources.items():
        if resource["Type"] in _NESTED:
            location = known(resource.get("Properties", {}).get(_NESTED[resource["Type"]]))
            if isinstance(location, str) and "://" not in location:
                yield name, PurePosixPath(normpath(PurePosixPath(read.path).parent / location))


def _lines(read: template.Template) -> Mapping[str, int]:
    node = cast("yaml.MappingNode", read.node)
    section = next(value for key, value in node.value if key.value == "Resources")
    return {str(key.value): template.line_of(key) for key, _ in section.value}


def _reasons(path: PurePosixPath, body: template.JsonObject) -> Mapping[str, str]:
    found: Any = body
    for name in ("Metadata", "Trunkline", "Replaces"):
        found = found.get(name, {}) if isinstance(found, dict) else None
    if not isinstance(found, dict) or not all(
        isinstance(reason, str) and reason.strip() for reason in found.values()
    ):
        problem = "Metadata: {Trunkline: {Replaces: …}} does not map logical ids to reasons"
        raise TopologyError(path, problem, "write `<logical id>: <reason>`")
    return {str(name): reason for name, reason in found.items()}


def _known(path: PurePosixPath, body: template.JsonObject) -> Callable[[Any], Any]:
    """Works out values by the defaults of parameters; the rest stays as it is written."""
    scope = Scope(Path(path), body, StageSettings("stack", {}), not_looked_up)

    def known(value: Any) -> Any:
        if isinstance(value, list):
            return [known(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and _EXPRESSION.match(str(next(iter(value)))):
            try:
                return scope.value(value)
            except TemplateError:
                return value
        return {name: known(one) for name, one in value.items()}

    return known
