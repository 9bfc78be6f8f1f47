"""Reads a repository: its templates, and the code of the functions that they declare."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab import settings
from trunklab.errors import UsageError
from trunklab.templates.buses import Buses
from trunklab.templates.declared_handlers import Code, code_in
from trunklab.templates.errors import SourceError, TopologyError
from trunklab.templates.opened import Opened, opened
from trunklab.templates.publish_permissions import producers_of
from trunklab.templates.template_functions import functions_of
from trunklab.templates.template_rules import rules_of
from trunklab.templates.topology import (
    Consumer,
    Function,
    Handler,
    Producer,
    Rule,
    Topology,
    Unread,
)

TEMPLATES_MAX: Final = 2_000
"""Templates of one repository: ours."""

TEMPLATE_NAMES: Final = ("template.yaml", "template.yml", "template.json")


def topology(
    root: Path, stage: str = settings.LOCAL_STAGE, parameters: Mapping[str, str] | None = None
) -> Topology:
    """Returns what the repository declares; what cannot be read is in `unread`.

    `parameters` win over what the stage's samconfig.toml gives, and that over defaults. Raises
    UsageError without a template, or if no template has a parameter that is given.
    """
    given = parameters or {}
    functions: list[Function] = []
    rules: list[Rule] = []
    producers: list[Producer] = []
    declared: set[str] = set()
    unread: list[Unread] = []
    buses = Buses()
    for path in templates_in(root):  # one at a time: a template's nodes need much memory
        try:
            template = opened(root, path, stage, given)
        except TopologyError as error:
            unread.append(_unread(error))
            continue
        declared.update(template.template.body.get("Parameters") or {})
        unread += _unread_parts(root, template)
        buses.add(template)
        own = tuple(functions_of(template))
        functions += own
        rules += rules_of(template)
        producers += producers_of(template, own)
    unknown = sorted(given.keys() - declared)
    if unknown and not unread:
        raise UsageError(f"no template has the parameter {unknown[0]}: look at its spelling")
    buses.complete &= not unread
    placed_rules = tuple(map(buses.placed, rules))
    code = dict(_code(root, functions, unread))
    return Topology(
        rules=placed_rules,
        producers=tuple(producers),
        handlers=tuple(handler for module in code.values() for handler in module.handlers),
        consumers=tuple(_consumers(placed_rules, functions, code)),
        functions=tuple(functions),
        unread=tuple(unread),
        buses=tuple(sorted(set(buses.names.values()))),
    )


def _unread(error: TopologyError | SourceError) -> Unread:
    line = re.match(r"line (\d+)", error.problem)
    number = error.line if isinstance(error, SourceError) else int(line[1]) if line else 1
    return Unread(PurePosixPath(error.path), number, error.problem)


def _unread_parts(root: Path, opened_template: Opened) -> Iterator[Unread]:
    """Yields loops and nested templates that were left out."""
    for part in opened_template.template.unread:
        path = Path(os.path.relpath(part.path, root))
        yield Unread(PurePosixPath(path.as_posix()), part.line, part.problem)


def templates_in(root: Path) -> list[PurePosixPath]:
    """Returns the templates of a repository: its own, then those of its services."""
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder: give the repository's with --root")
    folders = [root, *sorted(path for path in root.glob("services/*") if path.is_dir())]
    named = (folder / name for folder in folders for name in TEMPLATE_NAMES)
    paths = [path for path in named if path.is_symlink() or path.exists()]
    for path in paths:
        if not path.is_file():
            problem = "is not a file"
            raise TopologyError(path.relative_to(root).as_posix(), problem, "replace or remove it")
    if len(paths) > TEMPLATES_MAX:
        raise TopologyError(root.name, f"more than {TEMPLATES_MAX} templates", "check a part of it")
    if not paths:
        raise UsageError(f"no template in {root}: give the repository's folder with --root")
    return [PurePosixPath(path.relative_to(root).as_posix()) for path in paths]


def _code(
    root: Path, functions: Sequence[Function], unread: list[Unread]
) -> Iterator[tuple[PurePosixPath, Code]]:
    """Yields the code of each folder once; a folder that cannot be read is added to `unread`."""
    folders = {function.code: function.service for function in functions if function.code}
    for folder, service in folders.items():
        try:
            yield folder, code_in(root, folder, service)
        except (SourceError, TopologyError) as error:
            unread.append(_unread(error))


def _consumers(
    rules: Sequence[Rule], functions: Sequence[Function], code: Mapping[PurePosixPath, Code]
) -> Iterator[Consumer]:
    """Joins rule, target, queue and function; a function that a rule starts twice counts twice."""
    started: dict[tuple[PurePosixPath, str], list[Function]] = {}
    for function in functions:
        for started_by in {function.logical_id, *function.queues}:
            started.setdefault((function.template, started_by), []).append(function)
    for rule in rules:
        for target in rule.targets:
            for function in started.get((rule.template, target.logical_id), []):
                handlers = _handlers(function, code)
                yield Consumer(
                    service=rule.service,
                    rule=rule,
                    queue="" if function.logical_id == target.logical_id else target.logical_id,
                    function=function,
                    handlers=handlers or (),
                    declares=handlers is not None,
                )


def _handlers(function: Function, code: Mapping[PurePosixPath, Code]) -> tuple[Handler, ...] | None:
    read = code.get(function.code) if function.code is not None else None
    app = read.app_behind(function.module, function.symbol) if read else None
    if read is None or app is None:
        return None
    return read.of_app.get(app, ())
