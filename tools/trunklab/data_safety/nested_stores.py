"""Reads the stacks that a repository's templates make, nested stacks included."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, Final, cast

import yaml

from trunklab.data_safety.comparable_expressions import comparable, definitions
from trunklab.data_safety.data_limits import NESTED_LEVELS_MAX
from trunklab.data_safety.stores import Facts, facts, shown
from trunklab.data_safety.template_sources import Files
from trunklab.errors import TemplateError
from trunklab.templates import template_file
from trunklab.templates.errors import TopologyError
from trunklab.templates.opened import MEND
from trunklab.templates.template_limits import TEMPLATES_MAX

Place = tuple[str, ...]
"""A stack: the path of the template that is deployed, then the logical ids of nested stacks."""

_NESTED: Final = {
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
"""Types of nested stacks, each with the property that names its template."""


@dataclass(frozen=True)
class Store:
    """A table or a queue, and the line of its logical id."""

    line: int
    facts: Facts


@dataclass(frozen=True)
class Nesting:
    """A template as it is deployed: what its parent passes, and when it is nested at all."""

    path: PurePosixPath
    parameters: tuple[tuple[str, str], ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stack:
    """Tables, queues and nested stacks of one template."""

    path: PurePosixPath
    stores: Mapping[str, Store]
    nested: Mapping[str, Nesting]
    """The local templates of nested stacks, by logical id."""
    reasons: Mapping[str, str]
    """`Metadata: {Trunkline: {Replaces: …}}`: why a logical id may be replaced."""


@dataclass(frozen=True)
class Stacks:
    """All stacks by their place, and the templates that cannot be read."""

    by_place: dict[Place, Stack] = field(default_factory=dict)
    problems: list[TopologyError] = field(default_factory=list)


def stacks_of(files: Files) -> Stacks:
    """Returns the stacks of one state of a repository, and what cannot be read."""
    read = cache(lambda nesting: _stack(files, nesting))
    stacks = Stacks()
    waiting: list[tuple[Place, Nesting]] = [
        ((str(path),), Nesting(path)) for path in files.templates
    ]
    while waiting:
        place, nesting = waiting.pop()
        try:
            _check_bounds(stacks, place, nesting.path)
            stack = read(nesting)
        except TopologyError as error:
            stacks.problems.append(error)
            continue
        stacks.by_place[place] = stack
        waiting += [((*place, name), nested) for name, nested in stack.nested.items()]
    return stacks


def _check_bounds(stacks: Stacks, place: Place, path: PurePosixPath) -> None:
    if len(place) > NESTED_LEVELS_MAX:
        problem = f"stacks are nested deeper than {NESTED_LEVELS_MAX} levels"
        raise TopologyError(path, problem, "make fewer levels")
    if len(stacks.by_place) >= TEMPLATES_MAX:
        raise TopologyError(path, f"more than {TEMPLATES_MAX} stacks", "check a part of them")


def _stack(files: Files, nesting: Nesting) -> Stack:
    """Returns what one template says; raises TopologyError."""
    path = nesting.path
    if path.is_absolute() or ".." in path.parts:
        raise TopologyError(path, "lies outside of the repository", "move the template into it")
    try:
        return _read(nesting, template_file.parse(Path(path), files.read(path)))
    except OSError as error:
        todo = "correct the path in the template that names it"
        raise TopologyError(path, f"cannot be read: {error.strerror}", todo) from error
    except TemplateError as error:
        raise TopologyError(path, error.problem, MEND) from error
    except (AttributeError, TypeError) as error:
        raise TopologyError(path, f"is not built like a template: {error}", MEND) from error


def _read(nesting: Nesting, read: template_file.Template) -> Stack:
    path, around = nesting.path, nesting.conditions
    known = comparable(path, read.body, dict(nesting.parameters))
    stores, nested = dict(_stores(read, known, around)), dict(_nested(read, known, around))
    return Stack(path, stores, nested, _reasons(path, read.body))


def _stores(
    read: template_file.Template, known: Callable[[Any], Any], around: tuple[str, ...]
) -> Iterator[tuple[str, Store]]:
    lines = _lines(read)
    for name, resource in read.resources.items():
        properties = {key: known(value) for key, value in resource.get("Properties", {}).items()}
        compared = facts(resource["Type"], properties)
        if compared is not None:
            where = " and ".join([*around, _condition(read, resource)])
            yield name, Store(lines[name], {**compared, "store-condition-changed": where})


def _condition(read: template_file.Template, resource: template_file.JsonObject) -> str:
    condition = resource.get("Condition", "none")
    return shown(definitions(condition, read.body) or condition)


def _nested(
    read: template_file.Template, known: Callable[[Any], Any], around: tuple[str, ...]
) -> Iterator[tuple[str, Nesting]]:
    """Yields local templates; an object, an expression or a URL names a template elsewhere."""
    for name, resource in read.resources.items():
        if resource["Type"] in _NESTED:
            properties = resource.get("Properties", {})
            location = known(properties.get(_NESTED[resource["Type"]]))
            if isinstance(location, str) and "://" not in location:
                path = PurePosixPath(normpath(PurePosixPath(read.path).parent / location))
                passed = {key: shown(known(one)) for key, one in _passed(properties).items()}
                conditions = (
                    (*around, _condition(read, resource)) if "Condition" in resource else around
                )
                yield name, Nesting(path, tuple(sorted(passed.items())), conditions)


def _passed(properties: template_file.JsonObject) -> Mapping[str, Any]:
    parameters = properties.get("Parameters")
    return parameters if isinstance(parameters, dict) else {}


def _lines(read: template_file.Template) -> Mapping[str, int]:
    node = cast("yaml.MappingNode", read.node)
    section = next(value for key, value in node.value if key.value == "Resources")
    return {str(key.value): template_file.line_of(key) for key, _ in section.value}


def _reasons(path: PurePosixPath, body: template_file.JsonObject) -> Mapping[str, str]:
    reasons: Any = body
    for name in ("Metadata", "Trunkline", "Replaces"):
        reasons = reasons.get(name, {}) if isinstance(reasons, dict) else None
    if not isinstance(reasons, dict) or not all(
        isinstance(reason, str) and reason.strip() for reason in reasons.values()
    ):
        problem = "Metadata: {Trunkline: {Replaces: …}} does not map logical ids to reasons"
        raise TopologyError(path, problem, "write `<logical id>: <reason>`")
    return {str(name): reason for name, reason in reasons.items()}
