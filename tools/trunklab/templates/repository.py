"""Reads a repository: its templates, and the code of the functions that they declare."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab import settings
from trunklab.errors import UsageError
from trunklab.templates.declared_handlers import Code, code_in
from trunklab.templates.errors import TopologyError
from trunklab.templates.opened import opened
from trunklab.templates.publish_permissions import producers_of
from trunklab.templates.template_functions import functions_of
from trunklab.templates.template_limits import TEMPLATES_MAX
from trunklab.templates.template_rules import rules_of
from trunklab.templates.topology import Consumer, Function, Handler, Producer, Rule, Topology

TEMPLATE_NAMES: Final = ("template.yaml", "template.yml", "template.json")


def topology(
    root: Path, stage: str = settings.LOCAL_STAGE, parameters: Mapping[str, str] | None = None
) -> Topology:
    """Return what the repository says; raise TopologyError for what cannot be read.

    `parameters` win over what the stage's samconfig.toml gives, and that over defaults.
    """
    given = parameters or {}
    parts = []
    declared: set[str] = set()
    for path in templates_in(root):  # one at a time: a template's nodes take much room
        one = opened(root, path, stage, given)
        declared.update(one.template.body.get("Parameters") or {})
        functions = tuple(functions_of(one))
        rules = tuple(rules_of(one))
        parts.append(_Part(functions, rules, tuple(producers_of(one, functions))))
    unknown = sorted(given.keys() - declared)
    if unknown:
        raise UsageError(f"no template has the parameter {unknown[0]}: look at its spelling")
    code = dict(_code(root, [function for part in parts for function in part.functions]))
    return Topology(
        rules=tuple(rule for part in parts for rule in part.rules),
        producers=tuple(producer for part in parts for producer in part.producers),
        handlers=tuple(handler for one in code.values() for handler in one.handlers),
        consumers=tuple(consumer for part in parts for consumer in _consumers(part, code)),
        functions=tuple(function for part in parts for function in part.functions),
    )


@dataclass(frozen=True)
class _Part:
    """What one template says."""

    functions: tuple[Function, ...]
    rules: tuple[Rule, ...]
    producers: tuple[Producer, ...]


def templates_in(root: Path) -> list[PurePosixPath]:
    """The templates of a repository: its own, then its services'."""
    if not root.is_dir():
        raise UsageError(f"{root} is no folder: give the repository's with --root")
    folders = [root, *sorted(path for path in root.glob("services/*") if path.is_dir())]
    named = (folder / name for folder in folders for name in TEMPLATE_NAMES)
    paths = [path for path in named if path.is_symlink() or path.exists()]
    for path in paths:
        if not path.is_file():
            problem = "is no file that can be read"
            raise TopologyError(path.relative_to(root).as_posix(), problem, "replace or remove it")
    if len(paths) > TEMPLATES_MAX:
        raise TopologyError(root.name, f"more than {TEMPLATES_MAX} templates", "check a part of it")
    if not paths:
        raise UsageError(
            f"there is no template in {root}: give the repository's folder with --root"
        )
    return [PurePosixPath(path.relative_to(root).as_posix()) for path in paths]


def _code(root: Path, functions: Sequence[Function]) -> Iterator[tuple[PurePosixPath, Code]]:
    seen: set[PurePosixPath] = set()
    for function in functions:
        if function.code is not None and function.code not in seen:
            seen.add(function.code)
            yield function.code, code_in(root, function.code, function.service)


def _consumers(part: _Part, code: Mapping[PurePosixPath, Code]) -> Iterator[Consumer]:
    """Join rule, target, queue and function; what a rule leads to twice counts twice."""
    reading: dict[str, list[Function]] = {}
    for function in part.functions:
        for started_by in {function.logical_id, *function.queues}:
            reading.setdefault(started_by, []).append(function)
    for rule in part.rules:
        for target in rule.targets:
            for function in reading.get(target.logical_id, []):
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
