"""Stacks that a repository's templates make, in a checkout or at a git revision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from trunklab.contracts import git_files
from trunklab.contracts.compatibility.baseline import is_folder
from trunklab.data_safety.store_facts import Facts, comparable, definitions, facts, shown
from trunklab.errors import TemplateError, UsageError
from trunklab.templates import template_file
from trunklab.templates.errors import TopologyError
from trunklab.templates.opened import FIX
from trunklab.templates.template_discovery import TEMPLATE_NAMES, found_templates
from trunklab.templates.template_file import Template
from trunklab.templates.template_nodes import entries, pairs_of

Place = tuple[str, ...]
"""A stack: the path of the template that is deployed, then the logical ids of nested stacks."""


@dataclass(frozen=True)
class Store:
    """A table or a queue, and the line of its logical id."""

    line: int
    facts: Facts


@dataclass(frozen=True)
class Stack:
    """Tables and queues of one template."""

    path: PurePosixPath
    stores: Mapping[str, Store]
    reasons: Mapping[str, str]
    """`Metadata: {Trunkline: {Replaces: …}}`: why a logical id may be replaced."""


@dataclass(frozen=True)
class Stacks:
    """All stacks by their place, and the templates that cannot be read."""

    by_place: dict[Place, Stack] = field(default_factory=dict)
    problems: list[TopologyError] = field(default_factory=list)


@dataclass(frozen=True)
class Files:
    """One state of a repository."""

    name: str
    templates: tuple[PurePosixPath, ...]
    """Templates that are deployed as stacks of their own."""
    read: Callable[[PurePosixPath], bytes]
    """Returns the content of a file; raises OSError."""


def in_folder(root: Path, name: str = "") -> Files:
    """Returns the files of a folder as they are; raises UsageError without a template."""
    paths = tuple(filter(_is_deployed, found_templates(root)))
    if not paths:
        raise UsageError(f"No template in {root}: give the repository's folder with --root.")
    return Files(name, paths, lambda path: (root / path).read_bytes())


def at_revision(root: Path, revision: str) -> Files:
    """Returns the files of a git revision; raises RevisionError."""
    blobs = git_files.tree(root, revision)

    @cache
    def read(path: PurePosixPath) -> bytes:
        if path not in blobs:
            raise FileNotFoundError(0, "the file does not exist")
        return git_files.contents(root, [blobs[path]])[blobs[path]]

    name = (
        revision[: git_files.COMMIT_DIGITS]
        if git_files.resolve(root, revision) == revision
        else revision
    )
    return Files(name, tuple(filter(_is_deployed, blobs)), read)


def released(root: Path, against: str | None) -> Files | None:
    """Returns the state to compare with, None if HEAD is the first commit of all.

    That is what `against` names; else the last tag; else where HEAD left main; on main itself the
    commit before HEAD. Raises RevisionError, and UsageError for a folder without a template.
    """
    if against is None:
        revision = _last_released(root)
        return at_revision(root, revision) if revision else None
    if against and is_folder(Path(against)) and not git_files.has(root, against):
        return in_folder(Path(against), against)
    return at_revision(root, against)


def stacks_of(files: Files) -> Stacks:
    """Returns the stacks of one state of a repository, and what cannot be read."""
    stacks = Stacks()
    for path in files.templates:
        try:
            _add(stacks, template_file.load(Path(path), partial(_content, files)))
        except TemplateError as error:
            stacks.problems.append(TopologyError(path, error.problem, FIX))
        except (AttributeError, TypeError) as error:
            problem = f"is not built like a template: {error}"
            stacks.problems.append(TopologyError(path, problem, FIX))
    return stacks


def _add(stacks: Stacks, template: Template) -> None:
    for part in template.unread:
        stacks.problems.append(TopologyError(part.path.as_posix(), part.problem, FIX))
    known = comparable(template)
    for place, node in template.written.items():
        try:
            stack = _stack(template, place, node, known)
        except TopologyError as error:
            stacks.problems.append(error)
        else:
            stacks.by_place[template.path.as_posix(), *place] = stack


def _content(files: Files, path: Path) -> bytes:
    if path.is_absolute() or ".." in path.parts:
        raise TemplateError(path, "lies outside of the repository: move the template into it")
    return files.read(PurePosixPath(path))


def _stack(template: Template, place: Place, node: yaml.Node, known: Callable[[Any], Any]) -> Stack:
    """Returns one stack; raises TopologyError for reasons that are not strings."""
    stores = {}
    for key, _ in pairs_of(node, "Resources"):
        resource = template.resources.get("".join([*place, key.value]), {"Type": ""})
        properties = resource.get("Properties", {})
        compared = facts(resource["Type"], {name: known(properties[name]) for name in properties})
        if compared is not None:
            condition = resource.get("Condition", "none")
            where = shown(definitions(condition, template.body) or condition)
            compared = {**compared, "store-condition-changed": where}
            stores[str(key.value)] = Store(template_file.line_of(key), compared)
    path = PurePosixPath(str(node.start_mark.name))
    return Stack(path, stores, _reasons(path, entries(node).get("Metadata")))


def _reasons(path: PurePosixPath, metadata: yaml.Node | None) -> Mapping[str, str]:
    reasons: Any = template_file.plain(metadata) or {}
    for name in ("Trunkline", "Replaces"):
        reasons = reasons.get(name, {}) if isinstance(reasons, dict) else None
    if not isinstance(reasons, dict) or not all(
        isinstance(reason, str) and reason.strip() for reason in reasons.values()
    ):
        problem = "Metadata: {Trunkline: {Replaces: …}} does not map logical ids to reasons"
        raise TopologyError(path, problem, "write `<logical id>: <reason>`")
    return {str(name): reason for name, reason in reasons.items()}


def _last_released(root: Path) -> str | None:
    head = git_files.resolve(root, "HEAD")
    tag = git_files.last_tag(root)
    if tag is not None:
        return tag
    base = git_files.merge_base(root, git_files.main_branch(root))
    return base if base != head else git_files.first_parent(root)


def _is_deployed(path: PurePosixPath) -> bool:
    folders = path.parent.parts
    return path.name in TEMPLATE_NAMES and (not folders or folders[:-1] == ("services",))
