"""Reads a repository: its templates, and the code of the functions that they declare."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import normpath
from pathlib import Path, PurePosixPath

from trunklab import settings
from trunklab.errors import UsageError
from trunklab.templates.declared_handlers import Code, code_in
from trunklab.templates.deployment_refusals import refusals_of
from trunklab.templates.errors import SourceError, TopologyError
from trunklab.templates.event_buses import Buses
from trunklab.templates.opened import Opened, opened
from trunklab.templates.publish_permissions import producers_of
from trunklab.templates.template_discovery import found_templates, service_names
from trunklab.templates.template_functions import functions_of
from trunklab.templates.template_rules import rules_of
from trunklab.templates.topology import (
    Consumer,
    Function,
    Producer,
    Refusal,
    Rule,
    Topology,
    Unread,
)


def topology(
    root: Path, stage: str = settings.LOCAL_STAGE, parameters: Mapping[str, str] | None = None
) -> Topology:
    """Returns what the repository declares; what cannot be read is in `unread`.

    `parameters` win over what the stage's samconfig.toml gives, and that over defaults. Raises
    UsageError without a template, or if no template has a parameter that is given.
    """
    given = parameters or {}
    services = service_names(found_templates(root))
    if not services:
        raise UsageError(f"No template in {root}: give the repository's folder with --root.")
    # One at a time: a template's nodes need much memory.
    parts = _top_level([_part(root, path, stage, given, services[path]) for path in services])
    unread = [entry for part in parts for entry in part.unread]
    unknown = sorted(given.keys() - {name for part in parts for name in part.parameters})
    if unknown and not unread:
        raise UsageError(f"no template has the parameter {unknown[0]}: look at its spelling")
    buses = Buses.together([part.buses for part in parts])
    buses.complete &= not unread
    rules = tuple(buses.placed(rule) for part in parts for rule in part.rules)
    functions = tuple(function for part in parts for function in part.functions)
    code = dict(_code(root, functions, unread))
    return Topology(
        rules=rules,
        producers=tuple(producer for part in parts for producer in part.producers),
        handlers=tuple(handler for module in code.values() for handler in module.handlers),
        consumers=tuple(_consumers(rules, functions, code)),
        functions=functions,
        unread=tuple(unread),
        buses=tuple(sorted(set(buses.names.values()))),
        refusals=tuple(refusal for part in parts for refusal in part.refusals),
    )


@dataclass(frozen=True)
class _Part:
    path: Path
    buses: Buses = field(default_factory=Buses)
    functions: tuple[Function, ...] = ()
    rules: tuple[Rule, ...] = ()
    producers: tuple[Producer, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    unread: tuple[Unread, ...] = ()
    parameters: frozenset[str] = frozenset()
    nests: frozenset[Path] = frozenset()


def _part(
    root: Path, path: PurePosixPath, stage: str, given: Mapping[str, str], service: str
) -> _Part:
    place = Path(normpath(root / path))
    try:
        template = opened(root, path, stage, given, service)
    except TopologyError as error:
        return _Part(place, unread=(_unread(error),))
    buses = Buses()
    buses.add(template)
    functions = tuple(functions_of(template))
    return _Part(
        place,
        buses,
        functions,
        tuple(rules_of(template)),
        tuple(producers_of(template, functions)),
        tuple(refusals_of(template, functions)),
        tuple(_unread_parts(root, template)),
        frozenset(template.template.body.get("Parameters") or {}),
        template.template.nests,
    )


def _top_level(parts: Sequence[_Part]) -> list[_Part]:
    """Returns the parts without those that another one nests, where they are read in place."""
    kept = list(parts)
    for part in parts:
        if any(part.path in other.nests for other in kept if other is not part):
            kept.remove(part)
    return kept


def _unread(error: TopologyError | SourceError) -> Unread:
    line = re.match(r"line (\d+)", error.problem)
    number = error.line if isinstance(error, SourceError) else int(line[1]) if line else 1
    return Unread(PurePosixPath(error.path), number, error.problem)


def _unread_parts(root: Path, opened_template: Opened) -> Iterator[Unread]:
    """Yields loops and nested templates that were left out."""
    for part in opened_template.template.unread:
        path = Path(os.path.relpath(part.path, root))
        yield Unread(PurePosixPath(path.as_posix()), part.line, part.problem)


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
                read = code.get(function.code) if function.code else None
                app = read.app_behind(function.handler) if read else None
                handlers = read.handlers if read else ()
                yield Consumer(
                    service=rule.service,
                    rule=rule,
                    queue="" if function.logical_id == target.logical_id else target.logical_id,
                    function=function,
                    handlers=tuple(handler for handler in handlers if handler.app == app),
                    declares=app is not None,
                )
