"""A flat template in the words of one that nests nothing: chosen branches, references, no lists."""

import re
from pathlib import Path
from typing import Any, Final

from trunklab.templates.expressions import Scope
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject

BUS_ARN: Final = {
    "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${BusName}"
}
_NOTHING: Final = {"Ref": "AWS::NoValue"}
_BY_NAME: Final = re.compile(
    r"arn:\$\{AWS::Partition\}:(?:dynamodb|logs):\$\{AWS::Region\}:\$\{AWS::AccountId\}:"
    r"(?:table/\$\{(\w+)\}|log-group:\$\{(\w+)\}:\*)"
)
"""The ARN of a table or log group, composed of its name as a nested template must do."""


class PlainBody:
    """Rewrites what flattening leaves as expressions, so that equal things look equal."""

    def __init__(self, body: JsonObject) -> None:
        self._parameters: JsonObject = body.get("Parameters", {})
        values = {name: str(one.get("Default", name)) for name, one in self._parameters.items()}
        stage = StageSettings("trunkline-dev-stack", values)
        self._scope = Scope(Path("template.yaml"), body, stage, lambda name: name)
        self.value: JsonObject = self._of(body)

    def _of(self, value: Any) -> Any:
        if isinstance(value, list):
            return [made for one in value if (made := self._of(one)) != _NOTHING]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Fn::If"} and isinstance(value["Fn::If"][0], str):
            condition, then, otherwise = value["Fn::If"]
            return self._of(then if self._scope.condition(condition) else otherwise)
        made = {key: self._of(one) for key, one in value.items() if key != "Conditions"}
        return self._simpler(made)

    def _simpler(self, made: JsonObject) -> Any:
        match made:
            case {"Ref": "Source"}:
                return self._parameters["Source"]["Default"]
            case {"Fn::Split": [",", listed]}:
                return listed
            case {"Fn::Sub": [str(text), dict(variables)]}:
                return self._simpler({"Fn::Sub": _inlined(text, variables)})
            case {"Fn::Sub": str(text)} if found := _BY_NAME.fullmatch(text):
                return {"Fn::GetAtt": [found[1] or found[2], "Arn"]}
        return made


def _inlined(text: str, variables: JsonObject) -> str:
    for name, value in variables.items():
        shown = f"${{{value['Ref']}}}" if isinstance(value, dict) else str(value)
        text = text.replace(f"${{{name}}}", shown)
    return text
