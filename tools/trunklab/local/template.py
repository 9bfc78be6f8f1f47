"""Reads a template: YAML with CloudFormation's short tags, as plain data, with errors that point.

PyYAML's own loader would accept a key twice and turn `Version: 2012-10-17` into a date.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from trunklab.errors import TemplateError
from trunklab.local.limits import TEMPLATE_BYTES_MAX

JsonObject = dict[str, Any]
"""A template or part of one: JSON in, JSON out, so its values are what JSON can say."""

_SECTIONS: Final = frozenset(
    {
        *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules"),
        *("Mappings", "Conditions", "Transform", "Globals", "Resources", "Outputs", "Hooks"),
    }
)


@dataclass(frozen=True)
class Template:
    """A template as its file says it."""

    path: Path
    body: JsonObject
    digest: str

    @property
    def resources(self) -> dict[str, JsonObject]:
        """The resources by logical id."""
        return cast("dict[str, JsonObject]", self.body["Resources"])


def load(path: Path) -> Template:
    """Read a template; raise TemplateError with file and line, or with the place that is wrong."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TemplateError(path, f"cannot be read: {error.strerror}") from error
    if len(content) > TEMPLATE_BYTES_MAX:
        raise TemplateError(
            path, f"{len(content)} bytes, CloudFormation takes {TEMPLATE_BYTES_MAX}"
        )
    try:
        body = yaml.load(content, _Loader)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise TemplateError(path, f"{place}{error.problem or error.context}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateError(path, f"is no YAML: {error}") from error
    _check_outline(path, body)
    return Template(path, body, hashlib.sha256(content).hexdigest())


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
