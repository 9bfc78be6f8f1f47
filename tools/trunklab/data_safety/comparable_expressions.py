"""Brings the expressions of a template into a form in which two states of it can be compared."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from trunklab.errors import TemplateError
from trunklab.templates.expressions import Scope
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject

_EXPRESSION: Final = re.compile(r"Ref$|Fn::")
_BRANCHING: Final = re.compile(r'"Fn::(If|FindInMap)"')


def comparable(path: PurePosixPath, body: JsonObject) -> Callable[[Any], Any]:
    """Returns a function that works out expressions by the defaults of parameters.

    An expression that only a deployment gives a value stays as it is written. One with branches
    also gets the conditions and mappings that choose between them: stages differ in what they take.
    """
    scope = Scope(Path(path), body, StageSettings("stack", {}))

    def known(value: Any) -> Any:
        if isinstance(value, list):
            return [known(element) for element in value]
        if not isinstance(value, dict):
            return value
        if len(value) != 1 or not _EXPRESSION.match(str(next(iter(value)))):
            return {name: known(member) for name, member in value.items()}
        if _BRANCHING.search(json.dumps(value)):
            return {**value, "where": definitions(value, body)}
        try:
            return scope.value(value)
        except TemplateError:
            return value

    return known


def definitions(value: Any, body: JsonObject) -> Mapping[str, Any]:
    """Returns the conditions and mappings that a value names, directly or through others."""
    sections = (body.get("Conditions"), body.get("Mappings"))
    defined = {name: entry for part in sections for name, entry in (part or {}).items()}
    named: dict[str, Any] = {}
    text = json.dumps(value)
    while more := {
        name: definition
        for name, definition in defined.items()
        if name not in named and json.dumps(name) in text
    }:
        named |= more
        text = json.dumps(more)
    return named
