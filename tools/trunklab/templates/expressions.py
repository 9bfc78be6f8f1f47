"""What the expressions of a template amount to, as far as parameters and mappings tell."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.errors import TemplateError
from trunklab.local.local_limits import TEMPLATE_BYTES_MAX
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject
from trunklab.templates.template_nodes import SUB_NAME

Lookup = Callable[[str], str]
"""Returns the value of a parameter in SSM."""

_PSEUDO: Final = {
    "AWS::AccountId": settings.LOCAL_ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": settings.LOCAL_REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_MALFORMED: Final = (KeyError, IndexError, TypeError, ValueError, AttributeError)


class UnresolvedError(TemplateError):
    """An expression whose value only a deployment gives; `parameter` is its name in SSM, if any."""

    def __init__(self, template: Path, problem: str, parameter: str = "") -> None:
        super().__init__(template, problem)
        self.parameter = parameter


class Scope:
    """What the names in a template's expressions mean; raises TemplateError for what is wrong."""

    def __init__(self, path: Path, body: JsonObject, stage: StageSettings, lookup: Lookup) -> None:
        self._path = path
        self._body = body
        self._stage = stage
        self._lookup = lookup
        self._under_way: list[str] = []

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        if name in self._under_way:
            raise TemplateError(self._path, f"condition {name} refers to itself")
        if name not in self._body.get("Conditions", {}):
            raise TemplateError(self._path, f"there is no condition {name}")
        self._under_way.append(name)
        try:
            return self._test(self._body["Conditions"][name])
        except _MALFORMED as error:
            raise TemplateError(self._path, f"{self._place}it is malformed: {error}") from error
        finally:
            self._under_way.pop()

    def value(self, expression: Any) -> Any:
        """The value of an expression; raises UnresolvedError where only a deployment knows it."""
        if not isinstance(expression, dict):
            return expression
        name, argument = self._only(expression)
        functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._parameter,
            "Fn::Sub": self._sub,
            "Fn::Join": lambda a: str(a[0]).join(map(_text, self._values(a[1]))),
            "Fn::Select": lambda a: self._values(a[1])[int(self.value(a[0]))],
            "Fn::Split": lambda a: _text(self.value(a[1])).split(str(a[0])),
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": lambda a: self.value(a[1] if self.condition(str(a[0])) else a[2]),
        }
        if name not in functions:
            raise UnresolvedError(self._path, f"{self._place}{name} is no value")
        try:
            return functions[name](argument)
        except _MALFORMED as error:
            raise TemplateError(self._path, f"{self._place}{name} is malformed: {error}") from error

    def _test(self, expression: Any) -> bool:
        name, argument = self._only(expression)
        match name:
            case "Fn::Equals":
                known = [_text(self.value(one)) for one in argument if not self._is_resource(one)]
                if known == [""]:
                    return False  # a parameter of a nested template: no resource's name is empty
                left, right = (_text(self.value(one)) for one in argument)
                return left == right
            case "Fn::Not":
                return not self._test(argument[0])
            case "Fn::And":
                return all(self._test(one) for one in argument)
            case "Fn::Or":
                return any(self._test(one) for one in argument)
            case "Condition":
                return self.condition(argument)
            case _:
                raise TemplateError(self._path, f"{self._place}{name} is no test")

    def _is_resource(self, expression: Any) -> bool:
        """True if the expression is a name or an attribute of a resource."""
        if not isinstance(expression, dict) or not expression.keys() & {"Ref", "Fn::GetAtt"}:
            return False
        named = next(iter(expression.values()))
        logical_id = named[0] if isinstance(named, list) else str(named).partition(".")[0]
        return logical_id in self._body.get("Resources", {})

    def _values(self, expression: Any) -> list[Any]:
        found = self.value(expression)
        return [self.value(one) for one in found]

    def _parameter(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name == "AWS::StackName":
            return self._stage.stack_name
        declared = self._body.get("Parameters", {}).get(name)
        if declared is None:
            raise UnresolvedError(self._path, f"{self._place}{name} is no parameter")
        if name not in self._stage.parameters and "Default" not in declared:
            raise UnresolvedError(
                self._path, f"{self._place}parameter {name} has no value in this stage"
            )
        kind = str(declared["Type"])
        value = self._stage.parameters.get(name, declared.get("Default", ""))
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            value = self._lookup(str(value))
        listed = kind == "CommaDelimitedList" or "List<" in kind
        return [one.strip() for one in str(value).split(",")] if listed else value

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        known: dict[str, str] = {}  # a Sub within a Sub would be worked out again and again
        room = TEMPLATE_BYTES_MAX

        def put(match: re.Match[str]) -> str:
            nonlocal room
            name = match[1].strip()
            if name not in known:
                known[name] = _text(self.value(variables.get(name, {"Ref": name})))
            room -= len(known[name])
            if room < 0:
                problem = f"a text of more than {TEMPLATE_BYTES_MAX} characters"
                raise TemplateError(self._path, f"{self._place}{problem}")
            return known[name]

        return SUB_NAME.sub(put, text).replace("${!", "${")

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = (self.value(one) for one in argument[:3])
        try:
            return self._body["Mappings"][name][first][second]
        except KeyError as error:
            raise TemplateError(self._path, f"mapping {name} has no {first}.{second}") from error

    def _only(self, expression: Any) -> tuple[str, Any]:
        if isinstance(expression, dict) and len(expression) == 1:
            return next(iter(expression.items()))
        raise TemplateError(self._path, f"{self._place}{expression!r} is no expression")

    @property
    def _place(self) -> str:
        return f"condition {self._under_way[0]}: " if self._under_way else ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
