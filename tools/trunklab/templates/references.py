"""Finds and replaces the references in a template's expressions."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from trunklab.templates.template_file import JsonObject
from trunklab.templates.template_nodes import SUB_NAME


class Reference(NamedTuple):
    """A parameter or a resource, and the attribute of a resource if one is named."""

    name: str
    attribute: str | None


Replace = Callable[[Reference], object]
"""Returns what replaces a reference, or None to keep it."""


def find(value: object) -> Iterator[Reference]:
    """Yields every Ref, GetAtt and ${…} in an expression."""
    found: list[Reference] = []
    replace(value, found.append)
    yield from found


def find_conditions(value: object) -> Iterator[str]:
    """Yields the name of every condition that an expression uses."""
    if isinstance(value, list):
        for item in value:
            yield from find_conditions(item)
    elif isinstance(value, dict):
        branches = value.get("Fn::If")
        if isinstance(branches, list) and branches:
            yield str(branches[0])
        for item in value.values():
            yield from find_conditions(item)


def replace(value: Any, by: Replace) -> Any:
    """Returns an expression in which `by` has replaced references."""
    if isinstance(value, list):
        return [replace(item, by) for item in value]
    if not isinstance(value, dict):
        return value
    direct = _reference(value)
    if direct:
        replacement = by(direct)
        return value if replacement is None else replacement
    if "Fn::Sub" in value and len(value) == 1:
        return _replace_in_sub(value["Fn::Sub"], by)
    return {key: replace(item, by) for key, item in value.items()}


def _reference(value: JsonObject) -> Reference | None:
    if len(value) != 1:
        return None
    if isinstance(value.get("Ref"), str):
        return Reference(value["Ref"], None)
    target = value.get("Fn::GetAtt")
    if isinstance(target, str):
        target = target.split(".", 1)
    if isinstance(target, list) and len(target) == 2 and isinstance(target[0], str):  # noqa: PLR2004 - a pair
        return Reference(target[0], str(target[1]))
    return None


def _replace_in_sub(sub: object, by: Replace) -> JsonObject:
    text, variables = str(sub), {}
    if isinstance(sub, list) and len(sub) == 2 and isinstance(sub[1], dict):  # noqa: PLR2004 - a pair
        text, variables = str(sub[0]), {name: replace(value, by) for name, value in sub[1].items()}

    def put(match: re.Match[str]) -> str:
        resource, _, attribute = match[1].strip().partition(".")
        if match[1].strip() in variables:
            return match[0]
        replacement = by(Reference(resource, attribute or None))
        if replacement is None:
            return match[0]
        name = f"Bridged{len(variables)}"
        variables[name] = replacement
        return f"${{{name}}}"

    text = SUB_NAME.sub(put, text)
    return {"Fn::Sub": [text, variables] if variables else text}
