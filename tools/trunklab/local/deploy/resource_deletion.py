"""The operations that delete each type of resource that the platform has itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab import effects
from trunklab.local.delivery.steps import JsonObject

_LAMBDA: Final = "lambda"
_EVENTS: Final = "events"
_SUFFIX_DIGITS: Final = 12
_NAME_MAX: Final = 64


@dataclass(frozen=True)
class Resource:
    """A resource of a stack; `physical_id` is empty while it does not exist."""

    stack: str
    logical_id: str
    kind: str
    properties: JsonObject
    physical_id: str = ""

    def named(self, member: str) -> str:
        """Returns the name that a template gives, or one made as CloudFormation does."""
        given = self.properties.get(member)
        if given:
            return str(given)
        ending = f"-{self.logical_id}-{effects.random_hex(_SUFFIX_DIGITS).upper()}"
        return self.stack[: _NAME_MAX - len(ending)] + ending


def policy_change(url: str, document: Any) -> JsonObject:
    """Returns the parameters that set the policy of a queue; "" removes it."""
    return {"QueueUrl": url, "Attributes": {"Policy": document}}


_Calls = list[tuple[str, str, JsonObject]]


def _one(service: str, operation: str, member: str) -> Callable[[Resource], _Calls]:
    """Returns what deletes a resource by one operation that takes its id."""
    return lambda resource: [(service, operation, {member: resource.physical_id})]


def _delete_rule(resource: Resource) -> _Calls:
    name = resource.physical_id.rpartition("|")[2]
    bus = resource.properties.get("EventBusName") or "default"
    ids = [target["Id"] for target in resource.properties.get("Targets") or []]
    place = {"EventBusName": bus}
    removal: _Calls = [(_EVENTS, "RemoveTargets", {**place, "Rule": name, "Ids": ids})]
    return [*(removal if ids else []), (_EVENTS, "DeleteRule", {**place, "Name": name})]


def _delete_queue_policy(resource: Resource) -> _Calls:
    queues = resource.properties.get("Queues") or [resource.properties["Queue"]]
    return [("sqs", "SetQueueAttributes", policy_change(url, "")) for url in queues]


def _delete_bus_policy(resource: Resource) -> _Calls:
    bus = resource.properties.get("EventBusName") or "default"
    removed = {"StatementId": resource.physical_id, "EventBusName": bus}
    return [(_EVENTS, "RemovePermission", removed)]


def _delete_permission(resource: Resource) -> _Calls:
    function = resource.properties["FunctionName"]
    removed = {"FunctionName": function, "StatementId": resource.physical_id}
    return [(_LAMBDA, "RemovePermission", removed)]


def _delete_qualified(operation: str, *members: str) -> Callable[[Resource], _Calls]:
    def delete(resource: Resource) -> _Calls:
        given = {key: resource.properties[key] for key in members if key in resource.properties}
        return [(_LAMBDA, operation, given)]

    return delete


def _delete_version(resource: Resource) -> _Calls:
    name, _, number = resource.physical_id.rpartition(":")
    return [(_LAMBDA, "DeleteFunction", {"FunctionName": name, "Qualifier": number})]


def _delete_layer(resource: Resource) -> _Calls:
    name, _, number = resource.physical_id.rpartition(":")
    removed = {"LayerName": name.rpartition(":")[2], "VersionNumber": number}
    return [(_LAMBDA, "DeleteLayerVersion", removed)]


def _delete_schema(resource: Resource) -> _Calls:
    registry, _, name = resource.physical_id.partition(":schema/")[2].partition("/")
    return [("schemas", "DeleteSchema", {"RegistryName": registry, "SchemaName": name})]


def _delete_registry(resource: Resource) -> _Calls:
    name = resource.physical_id.rpartition("/")[2]
    return [("schemas", "DeleteRegistry", {"RegistryName": name})]


def _delete_schedule(resource: Resource) -> _Calls:
    group = resource.properties.get("GroupName") or "default"
    return [("scheduler", "DeleteSchedule", {"Name": resource.physical_id, "GroupName": group})]


DELETE: Final[Mapping[str, Callable[[Resource], _Calls]]] = {
    "AWS::EventSchemas::Registry": _delete_registry,
    "AWS::EventSchemas::Schema": _delete_schema,
    "AWS::Events::Archive": _one(_EVENTS, "DeleteArchive", "ArchiveName"),
    "AWS::Events::EventBus": _one(_EVENTS, "DeleteEventBus", "Name"),
    "AWS::Events::EventBusPolicy": _delete_bus_policy,
    "AWS::Events::Rule": _delete_rule,
    "AWS::Lambda::Alias": _delete_qualified("DeleteAlias", "FunctionName", "Name"),
    "AWS::Lambda::EventInvokeConfig": _delete_qualified(
        "DeleteFunctionEventInvokeConfig", "FunctionName", "Qualifier"
    ),
    "AWS::Lambda::EventSourceMapping": _one(_LAMBDA, "DeleteEventSourceMapping", "UUID"),
    "AWS::Lambda::Function": _one(_LAMBDA, "DeleteFunction", "FunctionName"),
    "AWS::Lambda::LayerVersion": _delete_layer,
    "AWS::Lambda::Permission": _delete_permission,
    "AWS::Lambda::Version": _delete_version,
    "AWS::SQS::Queue": _one("sqs", "DeleteQueue", "QueueUrl"),
    "AWS::SQS::QueueInlinePolicy": _delete_queue_policy,
    "AWS::SQS::QueuePolicy": _delete_queue_policy,
    "AWS::Scheduler::Schedule": _delete_schedule,
    "AWS::Scheduler::ScheduleGroup": _one("scheduler", "DeleteScheduleGroup", "Name"),
}
