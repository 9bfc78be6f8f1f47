"""Reads the stacks that a repository's templates make, nested stacks included."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any, cast

import yaml

from trunklab.data_safety.comparable_expressions import comparable, definitions
from trunklab.data_safety.data_limits import NESTED_LEVELS_MAX
from trunklab.data_safety.stores import Facts, facts, shown
from trunklab.data_safety.template_sources import Files
from trunklab.errors import TemplateError
from trunklab.templates import template_file
from trunklab.templates.errors import TopologyError
from trunklab.templates.nested import LOCATIONS
from trunklab.templates.opened import FIX
from trunklab.templates.template_limits import TEMPLATES_MAX

Place = tuple[str, ...]
"""A stack: the path of the template that is deployed, then the logical ids of nested stacks."""


@dataclass(frozen=True)
class Store:
    """A table or a queue, and the line of its logical id."""

    line: int
    facts: Facts


@dataclass(frozen=True)
class Stack:
    """Tables, queues and nested stacks of one template."""

    path: PurePosixPath
    stores: Mapping[str, Store]
    nested: Mapping[str, PurePosixPath]
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
    read = cache(lambda path: _stack(files, path))
    stacks = Stacks()
    waiting: list[tuple[Place, PurePosixPath]] = [((str(path),), path) for path in files.templates]
    while waiting:
        place, path = waiting.pop()
        try:
            _check_bounds(stacks, place, path)
            stack = read(path)
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


def _stack(files: Files, path: PurePosixPath) -> Stack:
    """Returns what one template says; raises TopologyError."""
    if path.is_absolute() or ".." in path.parts:
        raise TopologyError(path, "lies outside of the repository", "move the template into it")
    try:
        return _read(path, template_file.parse(Path(path), files.read(path)))
    except OSError as error:
        todo = "correct the path in the template that names it"
        raise TopologyError(path, f"cannot be read: {error.strerror}", todo) from error
    except TemplateError as error:
        raise TopologyError(path, error.problem, FIX) from error
    except (AttributeError, TypeError) as error:
        raise TopologyError(path, f"is not built like a template: {error}", FIX) from error


def _read(path: PurePosixPath, read: template_file.Template) -> Stack:
    known = comparable(path, read.body)
    return Stack(
        path, dict(_stores(read, known)), dict(_nested(read, known)), _reasons(path, read.body)
    )


def _stores(
    read: template_file.Template, known: Callable[[Any], Any]
) -> Iterator[tuple[str, Store]]:
    lines = _lines(read)
    for name, resource in read.resources.items():
        properties = {key: known(value) for key, value in resource.get("Properties", {}).items()}
        compared = facts(resource["Type"], properties)
        if compared is not None:
            condition = resource.get("Condition", "none")
            where = definitions(condition, read.body) or condition
            yield name, Store(lines[name], {**compared, "store-condition-changed": shown(where)})


def _nested(
    read: template_file.Template, known: Callable[[Any], Any]
) -> Iterator[tuple[str, PurePosixPath]]:
    """Yields local templates; an object, an expression or a URL names a template elsewhere."""
    for name, resource in read.resources.items():
        if resource["Type"] in LOCATIONS:
            location = known(resource.get("Properties", {}).get(LOCATIONS[resource["Type"]]))
            if isinstance(location, str) and "://" not in location:
                yield name, PurePosixPath(normpath(PurePosixPath(read.path).parent / location))


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
