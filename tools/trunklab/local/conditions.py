"""Evaluates a template's conditions, of which the emulator understands only the simplest.

It compares `!Join` or `!Sub` in a condition as if they were text, without a word. So it gets
each condition as the constant that it is once the parameters are known.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.errors import TemplateError
from trunklab.local.stage_settings import StageSettings
from trunklab.local.template import JsonObject

Lookup = Callable[[str], str]
"""Returns the value of a parameter in SSM."""

_PSEUDO: Final = {
    "AWS::AccountId": settings.LOCAL_ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": settings.LOCAL_REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_SUB_NAME: Final = re.compile(r"\$\{([^!}][^}]*)\}")


def make_constant(path: Path, body: JsonObject, stage: StageSettings, lookup: Lookup) -> JsonObject:
    """Return the template with every condition replaced by what it amounts to."""
    if not body.get("Conditions"):
        return body
    scope = _Scope(path, body, stage, lookup)
    constants = {
        name: {"Fn::Equals": ["true", "true" if scope.condition(name) else "false"]}
        for name in body["Conditions"]
    }
    return body | {"Conditions": constants}


class _Scope:
    """What the names in a condition mean."""

    def __init__(self, path: Path, body: JsonObject, stage: StageSettings, lookup: Lookup) -> None:
        self._path = path
        self._body = body
        self._stage = stage
        self._lookup = lookup
        self._under_way: list[str] = []

    def condition(self, name: str) -> bool:
        if name in self._under_way:
            raise TemplateError(self._path, f"condition {name} refers to itself")
        self._under_way.append(name)
        try:
            return self._test(self._body["Conditions"][name])
        finally:
            self._under_way.pop()

    def _test(self, expression: Any) -> bool:
        name, argument = self._only(expression)
        match name:
            case "Fn::Equals":
                left, right = (self._value(one) for one in argument)
                return bool(_text(left) == _text(right))
            case "Fn::Not":
                return not self._test(argument[0])
            case "Fn::And":
                return all(self._test(one) for one in argument)
            case "Fn::Or":
                return any(self._test(one) for one in argument)
            case "Condition":
                return self.condition(argument)
            case _:
                raise TemplateError(
                    self._path, f"condition {self._under_way[0]}: {name} is no test"
                )

    def _value(self, expression: Any) -> Any:
        if not isinstance(expression, dict):
            return expression
        name, argument = self._only(expression)
        functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._parameter,
            "Fn::Sub": self._sub,
            "Fn::Join": lambda a: str(a[0]).join(map(_text, self._values(a[1]))),
            "Fn::Select": lambda a: self._values(a[1])[int(self._value(a[0]))],
            "Fn::Split": lambda a: _text(self._value(a[1])).split(str(a[0])),
            "Fn::FindInMap": self._find_in_map,
        }
        if name not in functions:
            raise TemplateError(self._path, f"condition {self._under_way[0]}: {name} is no value")
        return functions[name](argument)

    def _values(self, expression: Any) -> list[Any]:
        found = self._value(expression)
        return [self._value(one) for one in found]

    def _parameter(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name == "AWS::StackName":
            return self._stage.stack_name
        declared = self._body.get("Parameters", {})[name]
        kind = str(declared["Type"])
        value = self._stage.parameters.get(name, declared.get("Default", ""))
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            value = self._lookup(str(value))
        listed = kind == "CommaDelimitedList" or "List<" in kind
        return [one.strip() for one in str(value).split(",")] if listed else value

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def put(match: re.Match[str]) -> str:
            name = match[1].strip()
            given = variables.get(name, {"Ref": name})
            return _text(self._value(given))

        return _SUB_NAME.sub(put, text).replace("${!", "${")

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = (self._value(one) for one in argument[:3])
        try:
            return self._body["Mappings"][name][first][second]
        except KeyError as error:
            raise TemplateError(self._path, f"mapping {name} has no {first}.{second}") from error

    def _only(self, expression: Any) -> tuple[str, Any]:
        if isinstance(expression, dict) and len(expression) == 1:
            return next(iter(expression.items()))
        place = f"condition {self._under_way[0]}"
        raise TemplateError(self._path, f"{place}: {expression!r} is no expression")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
