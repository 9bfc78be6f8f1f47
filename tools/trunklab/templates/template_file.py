"""Reads a template: YAML with CloudFormation's short tags, as plain data, with errors that point.

PyYAML's own loader would accept a key twice and turn `Version: 2012-10-17` into a date.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

import yaml

from trunklab.errors import TemplateError
from trunklab.local.local_limits import (
    NESTING_MAX,
    TEMPLATE_BYTES_MAX,
    TEMPLATE_DEPTH_MAX,
    TEMPLATE_NODES_MAX,
)
from trunklab.templates import foreach, nested
from trunklab.templates import template_nodes as nodes
from trunklab.templates.nested import Nested, NestedError
from trunklab.templates.template_nodes import entries

_TRANSFORM: Final = "Fn::Transform"

JsonObject = dict[str, Any]
"""A template or part of one: JSON in, JSON out, so its values are what JSON can say."""

_SECTIONS: Final = frozenset(
    {
        *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules"),
        *("Mappings", "Conditions", "Transform", "Globals", "Resources", "Outputs", "Hooks"),
    }
)


@dataclass(frozen=True)
class Unread:
    """A part of a template that could not be read; the rest of the template was."""

    path: Path
    line: int
    problem: str


@dataclass(frozen=True)
class Template:
    """A template with its loops unrolled and its nested local templates put in place."""

    path: Path
    body: JsonObject
    digest: str
    """Of the file and of every template that it nests."""
    node: yaml.Node | None = field(default=None, repr=False, compare=False)
    """The same with the place of everything; None if the template is not from a file."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The text of each file, by the name that the marks of its nodes have."""
    unread: tuple[Unread, ...] = ()

    @property
    def resources(self) -> dict[str, JsonObject]:
        """The resources by logical id."""
        return cast("dict[str, JsonObject]", self.body["Resources"])


def load(path: Path) -> Template:
    """Reads a template and what it nests.

    Raises TemplateError with file and line, or with the place that is wrong, if the file itself is
    not a template. Loops and nested templates that cannot be read are left out: see `unread`.
    """
    reading = _Reading()
    node = reading.flat(path, ())
    body = plain(node)
    _check_outline(path, body)
    return Template(
        path, body, reading.digest, node, reading.texts, tuple(dict.fromkeys(reading.unread))
    )


class _Reading:
    """Reads one template with all that it nests."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.unread: list[Unread] = []
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def flat(self, path: Path, nesting: tuple[Path, ...]) -> yaml.Node:
        """Returns the nodes of a template without loops and nested templates."""
        content = _content_of(path)
        node, text = _parsed(path, content)
        self.texts[str(path)] = text
        self._hash.update(content)
        loops = foreach.Loops()
        unrolled = loops.unrolled(node) if foreach.PREFIX in text else node
        unrolled = self._without_transforms(path, unrolled)
        for name, failure in loops.failures:
            problem = f"Fn::ForEach::{name} is not read: {failure.problem}"
            self.unread.append(Unread(path, line_of(failure.node), problem))
        children: dict[str, Nested] = {}
        for logical_id, resource in entries(entries(unrolled).get("Resources")).items():
            location = nested.local_path(resource)
            if location is not None:
                self._nest(children, logical_id, resource, (*nesting, path))
        try:
            return nested.flattened(unrolled, children)
        except NestedError as error:
            problem = f"nested templates are not read: {error.problem}"
            self.unread.append(Unread(path, line_of(error.node), problem))
            return unrolled

    def _without_transforms(self, path: Path, body: yaml.Node) -> yaml.Node:
        """Leaves out what only a deployment includes, as sections or as resources."""
        pairs: list[tuple[str | yaml.Node, yaml.Node]] = []
        for key, value in body.value if isinstance(body, yaml.MappingNode) else ():
            if key.value == _TRANSFORM:
                problem = f"{_TRANSFORM} is not read: only a deployment knows what it includes"
                self.unread.append(Unread(path, line_of(key), problem))
            else:
                has_resources = key.value == "Resources"
                kept = self._without_transforms(path, value) if has_resources else value
                pairs.append((key, kept))
        return nodes.mapping(pairs, body) if isinstance(body, yaml.MappingNode) else body

    def _nest(
        self,
        children: dict[str, Nested],
        logical_id: str,
        resource: yaml.Node,
        nesting: tuple[Path, ...],
    ) -> None:
        location = nested.local_path(resource) or ""
        path = nesting[-1].parent / location
        try:
            _check_nesting(path, nesting, resource)
            body = self.flat(path, nesting)
            folder = str(PurePosixPath(location).parent)
            child = Nested(logical_id, resource, body, folder)
            child.check()
            children[logical_id] = child
        except (NestedError, TemplateError) as error:
            problem = f"{logical_id} is not read: {error.problem}"
            self.unread.append(Unread(nesting[-1], line_of(resource), problem))


def _check_nesting(path: Path, nesting: tuple[Path, ...], resource: yaml.Node) -> None:
    if path.resolve() in {one.resolve() for one in nesting}:
        raise NestedError(resource, f"{path.name} nests itself")
    if len(nesting) > NESTING_MAX:
        raise NestedError(resource, f"it is nested deeper than {NESTING_MAX} levels")


def parse(path: Path, content: bytes) -> Template:
    """Returns the template that a file holds, without what it nests; raises like `load`."""
    node, text = _parsed(path, content)
    body = plain(node)
    _check_outline(path, body)
    return Template(path, body, hashlib.sha256(content).hexdigest(), node, {str(path): text})


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TemplateError(path, f"cannot be read: {error.strerror}") from error


def _parsed(path: Path, content: bytes) -> tuple[yaml.Node, str]:
    if len(content) > TEMPLATE_BYTES_MAX:
        raise TemplateError(
            path, f"{len(content)} bytes, CloudFormation takes {TEMPLATE_BYTES_MAX}"
        )
    try:
        text = content.decode("utf-8-sig")
        if path.suffix == ".json":
            json.loads(text)
            text = text.replace("\t", " ")  # YAML has no tabs; in JSON none stands in a text
        node = _composed(path, text)
        if node is None:
            raise TemplateError(path, "has no Resources: is it a template?")
        plain(node)  # a key given twice is an error of this file, whoever nests it
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise TemplateError(path, f"{place}{error.problem or error.context}") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise TemplateError(path, f"{place}: {error.msg}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise TemplateError(path, f"is no YAML: {' '.join(str(error).split())}") from error
    return node, text


def plain(node: yaml.Node | None) -> Any:
    """The plain data that a part of a template is."""
    return None if node is None else _Loader("").construct_document(node)


def line_of(node: yaml.Node) -> int:
    """The line that a part of a template begins on, counted from 1."""
    return 1 if node.start_mark is None else node.start_mark.line + 1


def _composed(path: Path, text: str) -> yaml.Node | None:
    """The nodes of a template, after a look that it does not overflow what reads it.

    The C parser composes by recursion: what is nested too deep would end the process.
    """
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > TEMPLATE_DEPTH_MAX:
            place = f"line {event.start_mark.line + 1 if event.start_mark else 1}"
            raise TemplateError(path, f"{place}: nested deeper than {TEMPLATE_DEPTH_MAX} levels")
    stream = io.StringIO(text)
    stream.name = str(path)  # every mark of a node has it
    node = yaml.compose(stream, _Loader)
    if _size(path, node, {}, set()) > TEMPLATE_NODES_MAX:
        raise TemplateError(path, f"has more than {TEMPLATE_NODES_MAX} values, aliases written out")
    return node


def _size(
    path: Path, node: yaml.Node | None, known: dict[yaml.Node, int], open_: set[yaml.Node]
) -> int:
    """How many nodes there are when every alias is written out."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if node in open_:
        raise TemplateError(path, f"line {line_of(node)}: an alias contains itself")
    if node not in known:
        open_.add(node)
        values = node.value
        children = [one for pair in values for one in pair] if _maps(node) else values
        known[node] = 1 + sum(_size(path, child, known, open_) for child in children)
        open_.remove(node)
    return known[node]


def _maps(node: yaml.Node) -> bool:
    return isinstance(node, yaml.MappingNode)


def _check_outline(path: Path, body: object) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
        raise TemplateError(path, "has no Resources: is it a template?")
    unknown = sorted(str(key) for key in body if key not in _SECTIONS)
    if unknown:
        raise TemplateError(path, f"unknown top-level key {unknown[0]!r}")
    for logical_id, resource in body["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateError(path, f"resource {logical_id} has no Type")
        if not isinstance(resource.get("Properties", {}), dict):
            raise TemplateError(path, f"resource {logical_id}: Properties is no mapping")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # base chosen at run time
    """The safe loader with CloudFormation's tags, without dates, refusing a key given twice."""

    yaml_implicit_resolvers: Mapping[str, Any] = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> JsonObject:
    seen: set[object] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if not isinstance(key, str | int | float | bool):
            raise yaml.constructor.ConstructorError(
                problem="this key is no text", problem_mark=key_node.start_mark
            )
        if key in seen and key != "<<":
            raise yaml.constructor.ConstructorError(
                problem=f"{key!r} is given twice", problem_mark=key_node.start_mark
            )
        seen.add(key)
    return cast("JsonObject", loader.construct_mapping(node, deep=True))


def _construct_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> JsonObject:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: object = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = _construct_mapping(loader, cast("yaml.MappingNode", node))
    return {name: value}


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_Loader.add_multi_constructor("!", _construct_tag)
