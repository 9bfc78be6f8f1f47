"""A template as the testing kit needs it: its functions, their triggers and its resources."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
"""Lambda's default timeout in seconds."""

_BATCH_SIZE: Final = 10
"""Lambda's default batch size for a queue, in messages."""


@dataclass(frozen=True)
class Function:
    """A function of a template; its triggers decide which fields are set."""

    logical_id: str
    handler: str
    folder: Path
    """The folder of its code."""
    variables: JsonObject
    """Its environment: an expression for each variable."""
    timeout_s: int
    queue: str = ""
    """The logical id of its source queue."""
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
        """The service: the name of the template's folder."""
        return self.template.path.resolve().parent.name

    def resources(self, kind: str) -> dict[str, JsonObject]:
        """Returns the properties of the resources of one type, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.template.resources.items()
            if resource["Type"] == kind
        }


def read(path: Path) -> Stack:
    """Reads a template; raises TemplateError if it is invalid."""
    template = template_file.load(path)
    stage = samconfig.read(template, settings.LOCAL_STAGE)
    return Stack(template, stage, tuple(_functions(template)))


def _functions(template: Template) -> Iterator[Function]:
    for code in function_code.find(template):
        resource = template.resources[code.logical_id]
        if resource["Type"] != _FUNCTION:
            continue
        own = resource.get("Properties", {})
        triggers: defaultdict[str, list[JsonObject]] = defaultdict(list)
        for event in own.get("Events", {}).values():
            triggers[str(event["Type"])].append(event.get("Properties", {}))
        queues = triggers["SQS"]
        sizes = (int(properties.get("BatchSize", _BATCH_SIZE)) for properties in queues)
        yield Function(
            logical_id=code.logical_id,
            handler=str(own["Handler"]),
            folder=code.code,
            variables=own.get("Environment", {}).get("Variables", {}),
            timeout_s=int(own.get("Timeout", _TIMEOUT_S)),
            queue=_queue(template, code.logical_id, queues[0]) if queues else "",
            batch_size=max(sizes, default=1),
            routes=tuple(_route(code.logical_id, route) for route in triggers["HttpApi"]),
            is_scheduled=not _SCHEDULES.isdisjoint(triggers),
        )


def _queue(template: Template, function: str, properties: JsonObject) -> str:
    names = [reference.name for reference in find(properties["Queue"])]
    if len(names) != 1 or template.resources.get(names[0], {}).get("Type") != QUEUE:
        raise TemplateError(
            template.path, f"function {function}: its queue is not in this template"
        )
    return names[0]


def _route(function: str, properties: JsonObject) -> Route:
    method = str(properties.get("Method", "ANY")).upper()
    return Route(method, str(properties.get("Path", "$default")), _FUNCTION_ARN + function)
