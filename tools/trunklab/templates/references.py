"""Finds what a template's expressions refer to, and puts other expressions in their place."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from trunklab.templates.template_file import JsonObject

_SUB_NAME: Final = re.compile(r"\$\{(?!!)\s*([^}]+?)\s*\}")


class Reference(NamedTuple):
    """One thing an expression names: a parameter or resource, and of a resource an attribute."""

    name: str
    attribute: str | None


Replace = Callable[[Reference], object]
"""Returns the expression that stands for a reference, or None to leave it."""


def find(value: object) -> Iterator[Reference]:
    """Yield every Ref, GetAtt and ${…} in an expression."""
    if isinstance(value, list):
        for item in value:
            yield from find(item)
    elif isinstance(value, dict):
        direct = _reference(value)
        if direct:
            yield direct
        elif "Fn::Sub" in value and len(value) == 1:
            yield from _find_in_sub(value["Fn::Sub"])
        else:
            for item in value.values():
                yield from find(item)


def find_conditions(value: object) -> Iterator[str]:
    """Yield the name of every condition that an expression uses."""
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
    """Return an expression in which `by` has replaced references."""
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


def _find_in_sub(sub: object) -> Iterator[Reference]:
    text, variables = _split_sub(sub)
    yield from find(list(variables.values()))
    for match in _SUB_NAME.finditer(text):
        if match[1] not in variables:
            yield _parse(match[1])


def _replace_in_sub(sub: object, by: Replace) -> JsonObject:
    text, variables = _split_sub(sub)
    variables = {name: replace(value, by) for name, value in variables.items()}

    def put(match: re.Match[str]) -> str:
        if match[1] in variables:
            return match[0]
        replacement = by(_parse(match[1]))
        if replacement is None:
            return match[0]
        name = f"Bridged{len(variables)}"
        variables[name] = replacement
        return f"${{{name}}}"

    text = _SUB_NAME.sub(put, text)
    return {"Fn::Sub": [text, variables] if variables else text}


def _split_sub(sub: object) -> tuple[str, JsonObject]:
    if isinstance(sub, list) and len(sub) == 2 and isinstance(sub[1], dict):  # noqa: PLR2004 - a pair
        return str(sub[0]), dict(sub[1])
    return str(sub), {}


def _parse(name: str) -> Reference:
    resource, dot, attribute = name.partition(".")
    return Reference(resource, attribute if dot else None)
