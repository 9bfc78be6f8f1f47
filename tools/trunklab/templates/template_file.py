"""Reads a template: YAML with CloudFormation's short tags, with errors that name the place.

PyYAML's own loader would accept a key twice and turn `Version: 2012-10-17` into a date.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os.path import normpath
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

import yaml

from trunklab.errors import TemplateError
from trunklab.templates import foreach, nested
from trunklab.templates import template_nodes as nodes
from trunklab.templates.nested import Nested
from trunklab.templates.sam_globals import with_explicit_apis, with_globals
from trunklab.templates.template_limits import (
    NESTED_TEMPLATES_MAX,
    NESTING_MAX,
    TEMPLATE_BYTES_MAX,
    TEMPLATE_DEPTH_MAX,
    TEMPLATE_NODES_MAX,
)
from trunklab.templates.template_nodes import UnreadError, entries, literal

_TRANSFORM: Final = "Fn::Transform"
_HOLDERS: Final = ("AWS::Serverless::", "AWS::Events::", "AWS::EventsV2::", "AWS::IAM::")
_HOLDING: Final = frozenset(
    {"Events", "Policies", "PolicyDocument", "ManagedPolicyArns", "Policy", "Statement", "Targets"}
)
"""Properties of these types with rules or permissions in them."""
_PATTERNS: Final = frozenset({"Pattern", "EventPattern"})
"""Keys of patterns, where an expression makes one clause unknown."""

Place = tuple[str, ...]
"""The logical ids that lead from a template to one that it nests."""

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
    node: yaml.Node | None = field(default=None, repr=False, compare=False)
    """The same with the place of everything; None if the template is not from a file."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The text of each file, by the name that the marks of its nodes have."""
    unread: tuple[Unread, ...] = ()
    written: Mapping[Place, yaml.Node] = field(default_factory=dict, repr=False, compare=False)
    """Each template on its own, without loops: the root at `()`, then those that are nested.

    The flat logical id of a resource is its place and its own id, joined.
    """
    nests: frozenset[Path] = field(default=frozenset(), repr=False, compare=False)
    """The files that it nests or tries to nest, directly or through others."""

    @property
    def resources(self) -> dict[str, JsonObject]:
        """The resources by logical id."""
        return cast("dict[str, JsonObject]", self.body["Resources"])


def load(path: Path, read: Callable[[Path], bytes] = Path.read_bytes) -> Template:
    """Reads a template and what it nests; `read` returns the content of a file.

    Raises TemplateError with file and line, or with the place that is wrong, if the file itself is
    not a template. Loops and nested templates that cannot be read are left out: see `unread`.
    """
    reading = _Reading(read)
    node = reading.flat(path, (), ())
    body = plain(node)
    _check_outline(path, body)
    unread = tuple(dict.fromkeys(reading.unread))
    nests = frozenset(reading.nests)
    return Template(path, body, node, reading.texts, unread, reading.written, nests)


class _Reading:
    def __init__(self, read: Callable[[Path], bytes]) -> None:
        self.texts: dict[str, str] = {}
        self.unread: list[Unread] = []
        self.written: dict[Place, yaml.Node] = {}
        self.nests: set[Path] = set()
        self._read = read

    def flat(self, path: Path, nesting: tuple[Path, ...], place: Place) -> yaml.Node:
        """Returns the nodes of a template without loops and nested templates."""
        try:
            content = self._read(path)
        except OSError as error:
            raise TemplateError(path, f"cannot be read: {error.strerror}") from error
        node, text = _parsed(path, content)
        self.texts[str(path)] = text
        loops = foreach.Loops()
        unrolled = loops.unrolled(node) if foreach.PREFIX in text else node
        unrolled = self._without_transforms(path, unrolled)
        self.written[place] = unrolled
        own = with_explicit_apis(unrolled) if nesting else unrolled
        own = with_globals(own, is_nested=bool(nesting))
        children: dict[str, Nested] = {}
        for logical_id, resource in entries(entries(own).get("Resources")).items():
            if nested.local_path(resource) is not None:
                child = self._nested(resource, (*nesting, path), (*place, logical_id))
                children |= {logical_id: child} if child else {}
        failures = loops.failures
        flat = nested.flattened(own, children, failures)
        failures += [failure for child in children.values() for failure in child.failures]
        self.unread += [Unread(path, line_of(one.node), one.problem) for one in failures]
        return flat

    def _without_transforms(
        self, path: Path, node: yaml.Node, within: tuple[str, ...] = ()
    ) -> yaml.Node:
        """Leaves out what only a deployment includes, where rules and permissions may be."""
        if node.tag == "!Transform":
            self._add_transform(path, node)
            return nodes.mapping([], node)
        if isinstance(node, yaml.SequenceNode):
            return nodes.like(
                node, [self._without_transforms(path, one, within) for one in node.value]
            )
        if not isinstance(node, yaml.MappingNode) or not _holds_rules(node, within):
            return node
        pairs = []
        for key, value in node.value:
            if key.value == _TRANSFORM:
                self._add_transform(path, key)
            else:
                inner = (*within, str(key.value))
                pairs.append((key, self._without_transforms(path, value, inner)))
        return nodes.like(node, pairs)

    def _add_transform(self, path: Path, place: yaml.Node) -> None:
        problem = f"{_TRANSFORM} is not read: only a deployment knows what it includes"
        self.unread.append(Unread(path, line_of(place), problem))

    def _nested(
        self, resource: yaml.Node, nesting: tuple[Path, ...], place: Place
    ) -> Nested | None:
        location = nested.local_path(resource) or ""
        path = Path(normpath(nesting[-1].parent / location))
        self.nests.add(path)
        try:
            self._check_nesting(path, nesting, resource)
            body = self.flat(path, nesting, place)
            return Nested(place[-1], resource, body, str(PurePosixPath(location).parent), [])
        except (UnreadError, TemplateError) as error:
            where = f"{location}: " if isinstance(error, TemplateError) else ""
            problem = f"{place[-1]} is not read: {where}{error.problem}"
            self.unread.append(Unread(nesting[-1], line_of(resource), problem))
            return None

    def _check_nesting(self, path: Path, nesting: tuple[Path, ...], resource: yaml.Node) -> None:
        if path.resolve() in {outer.resolve() for outer in nesting}:
            raise UnreadError(resource, f"{path.name} nests itself")
        if len(nesting) > NESTING_MAX:
            raise UnreadError(resource, f"it is nested deeper than {NESTING_MAX} levels")
        if len(self.written) > NESTED_TEMPLATES_MAX:
            raise UnreadError(resource, f"more than {NESTED_TEMPLATES_MAX} templates are nested")


def parse(path: Path, content: bytes) -> Template:
    """Returns the template that a file holds, without what it nests; raises like `load`."""
    node, text = _parsed(path, content)
    body = plain(node)
    _check_outline(path, body)
    return Template(path, body, node, {str(path): text})


def _parsed(path: Path, content: bytes) -> tuple[yaml.Node, str]:
    if len(content) > TEMPLATE_BYTES_MAX:
        raise TemplateError(
            path, f"{len(content)} bytes, CloudFormation takes {TEMPLATE_BYTES_MAX}"
        )
    try:
        text = content.decode("utf-8-sig")
        if path.suffix == ".json":
            json.loads(text)
            text = text.replace("\t", " ")  # YAML refuses tabs; JSON strings have none
        if _size(path, text) > TEMPLATE_NODES_MAX:
            problem = f"has more than {TEMPLATE_NODES_MAX} values, aliases written out"
            raise TemplateError(path, problem)
        stream = io.StringIO(text)
        stream.name = str(path)  # every mark of a node has it
        node = yaml.compose(stream, _Loader)
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
        raise TemplateError(path, f"is not YAML: {' '.join(str(error).split())}") from error
    return node, text


def plain(node: yaml.Node | None) -> Any:
    """Returns a part of a template as plain data."""
    return None if node is None else _Loader("").construct_document(node)


def _holds_rules(node: yaml.Node, place: tuple[str, ...]) -> bool:
    """True if a mapping at this place may hold, directly or further in, rules or permissions."""
    match place:
        case () | ("Resources",) | ("Resources", _, "Properties" | "Connectors"):
            return True
        case ("Resources", _):
            return str(literal(entries(node).get("Type"))).startswith(_HOLDERS)
        case ("Resources", _, "Properties", name, *further):
            return name in _HOLDING and not _PATTERNS.intersection(further)
        case ("Resources", _, "Connectors", *_):
            return True
    return False


def line_of(node: yaml.Node | yaml.Event) -> int:
    """Returns the line that a part of a template begins on, counted from 1."""
    return 1 if node.start_mark is None else node.start_mark.line + 1


def _size(path: Path, text: str) -> int:
    """Returns the number of values, aliases written out; raises TemplateError if too deep.

    The C parser composes by recursion: too many levels would end the process.
    """
    sizes: dict[str | None, int] = {}
    open_: list[str | None] = []
    counts = [0]
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append(event.anchor)
            counts.append(1)
        elif isinstance(event, yaml.CollectionEndEvent):
            sizes[open_.pop()] = size = counts.pop()
            counts[-1] += size
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor in open_:
                raise TemplateError(path, f"line {line_of(event)}: an alias contains itself")
            counts[-1] += sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            counts[-1] += 1
        if len(open_) > TEMPLATE_DEPTH_MAX:
            problem = f"line {line_of(event)}: nested deeper than {TEMPLATE_DEPTH_MAX} levels"
            raise TemplateError(path, problem)
    return counts[0]


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
            raise TemplateError(path, f"resource {logical_id}: Properties is not an object")


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
                problem="this key is not a string", problem_mark=key_node.start_mark
            )
        if key in seen and key != "<<":
            raise yaml.constructor.ConstructorError(
                problem=f"{key!r} is given twice", problem_mark=key_node.start_mark
            )
        seen.add(key)
    return cast("JsonObject", loader.construct_mapping(node, deep=True))


def _construct_tag(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> JsonObject:
    name, argument = nodes.expression(node) or ("", node)
    value: object = loader.construct_object(argument, deep=True)
    return {name: value.split(".", 1) if name == "Fn::GetAtt" and isinstance(value, str) else value}


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_Loader.add_multi_constructor("!", _construct_tag)
