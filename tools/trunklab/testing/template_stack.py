"""What a template declares for its service's code: functions, what starts them, what they hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.errors import TemplateError
from trunklab.local.deploy import function_code
from trunklab.local.http.http_api import Route
from trunklab.templates import samconfig, template_file
from trunklab.templates.references import find
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject, Template

TABLE: Final = "AWS::DynamoDB::Table"
QUEUE: Final = "AWS::SQS::Queue"
BUS: Final = "AWS::Events::EventBus"
PARAMETER: Final = "AWS::SSM::Parameter"
RULE: Final = "AWS::Events::Rule"

_FUNCTION: Final = "AWS::Serverless::Function"
_FUNCTION_ARN: Final = f"arn:aws:lambda:{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}:function:"
_SCHEDULES: Final = frozenset({"Schedule", "ScheduleV2"})
_TIMEOUT_S: Final = 3
"""Seconds an invocation may take where the template does not say (AWS: Lambda)."""


@dataclass(frozen=True)
class Function:
    """A function as its template declares it; what starts it decides which fields are set."""

    logical_id: str
    handler: str
    folder: Path
    """The folder of its code."""
    variables: JsonObject
    """Its environment: an expression for each variable."""
    timeout_s: int
    queue: str = ""
    """The logical id of the queue that it takes messages from."""
    batch_size: int = 1
    routes: tuple[Route, ...] = ()
    is_scheduled: bool = False


@dataclass(frozen=True)
class Stack:
    """One service's template."""

    template: Template
    stage: StageSettings
    functions: tuple[Function, ...]

    @property
    def name(self) -> str:
        """The service: the name of the folder that the template lies in."""
        return self.template.path.resolve().parent.name

    def resources(self, kind: str) -> dict[str, JsonObject]:
        """The properties of the resources of one type, by logical id."""
        return {
            logical_id: one.get("Properties", {})
            for logical_id, one in self.template.resources.items()
            if one["Type"] == kind
        }


def read(path: Path) -> Stack:
    """Read a template; raise TemplateError for one that is wrong."""
    read_template = template_file.load(path)
    stage = samconfig.read(read_template, settings.LOCAL_STAGE)
    return Stack(read_template, stage, tuple(_functions(read_template)))


def _functions(read_template: Template) -> Iterator[Function]:
    shared = read_template.body.get("Globals", {}).get("Function", {})
    for found in function_code.find(read_template):
        resource = read_template.resources[found.logical_id]
        if resource["Type"] == _FUNCTION:
            own = resource.get("Properties", {})
            started_by = [_Source(read_template, found.logical_id, one) for one in _events(own)]
            yield Function(
                logical_id=found.logical_id,
                handler=str((shared | own)["Handler"]),
                folder=found.code,
                variables=_variables(shared) | _variables(own),
                timeout_s=int((shared | own).get("Timeout", _TIMEOUT_S)),
                queue=next((one.queue for one in started_by if one.queue), ""),
                batch_size=max((one.batch_size for one in started_by), default=1),
                routes=tuple(one.route for one in started_by if one.route),
                is_scheduled=any(one.kind in _SCHEDULES for one in started_by),
            )


def _events(properties: JsonObject) -> list[JsonObject]:
    return list(properties.get("Events", {}).values())


def _variables(properties: JsonObject) -> JsonObject:
    variables: JsonObject = properties.get("Environment", {}).get("Variables", {})
    return variables


class _Source:
    """One entry of a function's Events."""

    def __init__(self, owner: Template, function: str, event: JsonObject) -> None:
        self.kind = str(event["Type"])
        self._properties: dict[str, Any] = event.get("Properties", {})
        self._function = function
        self._owner = owner

    @property
    def queue(self) -> str:
        if self.kind != "SQS":
            return ""
        named = [one.name for one in find(self._properties["Queue"])]
        if len(named) != 1 or self._owner.resources.get(named[0], {}).get("Type") != QUEUE:
            raise TemplateError(
                self._owner.path, f"function {self._function}: its queue is not in this template"
            )
        return named[0]

    @property
    def batch_size(self) -> int:
        return int(self._properties.get("BatchSize", 10)) if self.kind == "SQS" else 1

    @property
    def route(self) -> Route | None:
        if self.kind != "HttpApi":
            return None
        method = str(self._properties.get("Method", "ANY")).upper()
        path = str(self._properties.get("Path", "$default"))
        return Route(method, path, _FUNCTION_ARN + self._function)
