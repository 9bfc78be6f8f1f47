"""Evaluates the expressions of a template: its functions, parameters, mappings and conditions."""

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.errors import TemplateError
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject
from trunklab.templates.template_limits import TEMPLATE_BYTES_MAX
from trunklab.templates.template_nodes import SUB_NAME

Lookup = Callable[[str], str]
"""Returns the value of a parameter in SSM."""

OfResource = Callable[[str, str | None], Any]
"""Returns the value of a resource: of an attribute, or of `Ref` without one."""

_PSEUDO: Final = {
    "AWS::AccountId": settings.LOCAL_ACCOUNT,
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": settings.LOCAL_REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_DEPLOYED: Final = frozenset(
    {"Fn::Cidr", "Fn::GetAZs", "Fn::GetStackOutput", "Fn::ImportValue", "Fn::Transform"}
)
"""Functions whose value only a deployment gives."""

DYNAMIC: Final = re.compile(r"\{\{resolve:([a-z-]+):([^:}]+)[^}]*\}\}")
_MALFORMED: Final = (KeyError, IndexError, TypeError, ValueError, AttributeError)
_NOTHING: Final = "AWS::NoValue"


class Missing(Enum):
    """Why an expression has no value."""

    PARAMETER = auto()
    """The stage gives a parameter no value."""
    DEPLOYMENT = auto()
    """The value exists only after a deployment."""
    SENSE = auto()
    """The expression is malformed or refers to nothing."""


class UnresolvedError(TemplateError):
    """An expression without a value here; `parameter` is the name of its value in SSM, if any."""

    def __init__(
        self, template: Path, problem: str, missing: Missing, *, parameter: str = ""
    ) -> None:
        super().__init__(template, problem)
        self.missing = missing
        self.parameter = parameter


def not_looked_up(name: str) -> str:
    """Raises UnresolvedError: nothing is looked up where nothing is deployed."""
    problem = f"the value of {name} in SSM is known in a deployment only"
    raise UnresolvedError(Path(), problem, Missing.DEPLOYMENT, parameter=name)


class Scope:
    """Evaluates the expressions of a template; raises TemplateError for malformed ones."""

    def __init__(
        self,
        path: Path,
        body: JsonObject,
        stage: StageSettings,
        lookup: Lookup = not_looked_up,
        of_resource: OfResource | None = None,
    ) -> None:
        self._path = path
        self._body = body
        self._stage = stage
        self._lookup = lookup
        self._of_resource = of_resource
        self._under_way: list[str] = []
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": self._attribute,
            "Fn::Join": lambda a: str(a[0]).join(map(_text, self._listed(a[1]))),
            "Fn::Select": lambda a: self._listed(a[1])[int(self.value(a[0]))],
            "Fn::Split": lambda a: _text(self.value(a[1])).split(str(a[0])),
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": lambda a: self.value(self._chosen(a)),
            "Fn::Length": lambda a: len(self._listed(a)),
            "Fn::ToJsonString": lambda a: json.dumps(self.value(a), separators=(",", ":")),
        }

    def condition(self, name: str) -> bool:
        """True if a condition of the template holds."""
        if name in self._under_way:
            raise TemplateError(self._path, f"condition {name} refers to itself")
        if name not in self._body.get("Conditions", {}):
            raise TemplateError(self._path, f"unknown condition {name}")
        self._under_way.append(name)
        try:
            return self._test(self._body["Conditions"][name])
        except _MALFORMED as error:
            raise TemplateError(self._path, f"{self._place}it is malformed: {error}") from error
        finally:
            self._under_way.pop()

    def value(self, expression: Any) -> Any:
        """Returns plain data; raises UnresolvedError where only a deployment knows the value."""
        if isinstance(expression, str):
            return self._literal(expression)
        if isinstance(expression, list):
            return [self.value(item) for item in expression if not self.is_nothing(item)]
        if not isinstance(expression, dict):
            return expression
        name, argument = next(iter(expression.items())) if len(expression) == 1 else ("", None)
        if name == "Ref" or str(name).startswith("Fn::"):
            return self._called(name, argument)
        return {
            key: self.value(member)
            for key, member in expression.items()
            if not self.is_nothing(member)
        }

    def is_nothing(self, expression: Any) -> bool:
        """True if CloudFormation leaves the entry out: it is AWS::NoValue."""
        try:
            while isinstance(expression, dict) and expression.keys() == {"Fn::If"}:
                expression = self._chosen(expression["Fn::If"])
        except (TemplateError, *_MALFORMED):
            return False  # `value` reports what is wrong
        return bool(expression == {"Ref": _NOTHING})

    def _called(self, name: str, argument: Any) -> Any:
        if name in _DEPLOYED:
            raise self._deployed(name)
        if name not in self._functions:
            problem = f"{self._place}unknown function {name}"
            raise UnresolvedError(self._path, problem, Missing.SENSE)
        try:
            return self._functions[name](argument)
        except _MALFORMED as error:
            raise TemplateError(self._path, f"{self._place}{name} is malformed: {error}") from error

    def _deployed(self, name: str) -> UnresolvedError:
        problem = f"{self._place}the value of {name} is known in a deployment only"
        return UnresolvedError(self._path, problem, Missing.DEPLOYMENT)

    def _literal(self, text: str) -> str:
        """Returns a string with its dynamic references replaced."""

        def put(match: re.Match[str]) -> str:
            service, name = match.groups()
            if service != "ssm":
                raise self._deployed(match[0])
            return self._lookup(name)

        return DYNAMIC.sub(put, text)

    def _chosen(self, argument: Any) -> Any:
        name, then, otherwise = argument
        return then if self.condition(str(name)) else otherwise

    def _test(self, expression: Any) -> bool:
        if not isinstance(expression, dict) or len(expression) != 1:
            raise TemplateError(self._path, f"{self._place}{expression!r} is not an expression")
        name, argument = next(iter(expression.items()))
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
                return all(self._test(operand) for operand in argument)
            case "Fn::Or":
                return any(self._test(operand) for operand in argument)
            case "Condition":
                return self.condition(argument)
            case _:
                raise TemplateError(self._path, f"{self._place}{name} is not a condition function")

    def _is_resource(self, expression: Any) -> bool:
        """True if the expression is a name or an attribute of a resource."""
        called = expression if isinstance(expression, dict) else {}
        named = called.get("Ref") or called.get("Fn::GetAtt") or ""
        logical_id = named[0] if isinstance(named, list) else str(named).partition(".")[0]
        return logical_id in self._body.get("Resources", {})

    def _listed(self, expression: Any) -> list[Any]:
        values = self.value(expression)
        if not isinstance(values, list):
            raise TypeError("not an array")
        return values

    def _ref(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name == "AWS::StackName":
            return self._stage.stack_name
        declared = self._body.get("Parameters", {}).get(name)
        return self._resource(name, None) if declared is None else self._parameter(name, declared)

    def _parameter(self, name: str, declared: JsonObject) -> Any:
        if name not in self._stage.parameters and "Default" not in declared:
            problem = f"{self._place}parameter {name} has no value in this stage"
            raise UnresolvedError(self._path, problem, Missing.PARAMETER)
        kind = str(declared["Type"])
        value = self._stage.parameters.get(name, declared.get("Default", ""))
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            value = self._lookup(str(value))
        listed = kind == "CommaDelimitedList" or "List<" in kind
        return [part.strip() for part in str(value).split(",")] if listed else value

    def _attribute(self, argument: Any) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._resource(str(name), _text(self.value(attribute)))

    def _resource(self, name: str, attribute: str | None) -> Any:
        # SAM names the alias of a function `Function.Alias`.
        is_resource = name.partition(".")[0] in self._body.get("Resources", {})
        if is_resource and self._of_resource is not None:
            return self._of_resource(name, attribute)
        if is_resource or name.startswith("AWS::"):
            raise self._deployed(name)
        problem = f"{self._place}{name} is neither a parameter nor a resource"
        raise UnresolvedError(self._path, problem, Missing.SENSE)

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})
        known: dict[str, str] = {}  # a Sub within a Sub would be worked out again and again
        room = TEMPLATE_BYTES_MAX

        def put(match: re.Match[str]) -> str:
            nonlocal room
            name = match[1].strip()
            if name not in known:
                named = {"Fn::GetAtt" if "." in name else "Ref": name}
                known[name] = _text(self.value(variables.get(name, named)))
            room -= len(known[name])
            if room < 0:
                problem = f"a text of more than {TEMPLATE_BYTES_MAX} characters"
                raise TemplateError(self._path, f"{self._place}{problem}")
            return known[name]

        return self._literal(SUB_NAME.sub(put, text).replace("${!", "${"))

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = (self.value(part) for part in argument[:3])
        try:
            return self._body["Mappings"][name][first][second]
        except KeyError as error:
            if len(argument) > 3:  # noqa: PLR2004 - AWS::LanguageExtensions: {DefaultValue: …}
                return self.value(argument[3]["DefaultValue"])
            raise TemplateError(self._path, f"mapping {name} has no {first}.{second}") from error

    @property
    def _place(self) -> str:
        return f"condition {self._under_way[0]}: " if self._under_way else ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
