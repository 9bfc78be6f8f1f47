"""The CloudFormation types that the platform has itself: their operations, ids and attributes."""

import io
import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from trunklab import effects
from trunklab.local.delivery import queue_attributes
from trunklab.local.delivery.steps import ApiError, JsonObject
from trunklab.local.deploy.resource_deletion import DELETE, Resource, policy_change

_ABSENT: Final = ("NotFound", "NotExist", "NonExistent")
"""Parts of the error codes of what does not exist; SQS has two of them."""
_LAMBDA: Final = "lambda"
_EVENTS: Final = "events"

Call = Callable[[str, str, JsonObject], Awaitable[JsonObject]]
"""Calls an operation of a service of ours: service, operation, parameters. Raises ApiError."""
ServeApi = Callable[[str, str, JsonObject], Awaitable[str]]
"""Serves an HTTP API and returns its address: stack, logical id, properties."""


@dataclass(frozen=True)
class Made:
    """The values of `Ref` and `Fn::GetAtt`."""

    physical_id: str
    attributes: JsonObject


class Types:
    """Creates, updates and deletes resources by the services' own operations."""

    def __init__(self, call: Call, serve_api: ServeApi) -> None:
        self._call = call
        self._serve_api = serve_api
        self._handlers: dict[str, _Handler] = {
            "AWS::ApiGatewayV2::Api": self._http_api,
            "AWS::ApiGatewayV2::Deployment": self._nothing,
            "AWS::ApiGatewayV2::Integration": self._nothing,
            "AWS::ApiGatewayV2::Route": self._nothing,
            "AWS::ApiGatewayV2::Stage": self._nothing,
            "AWS::CloudWatch::Alarm": self._nothing,
            "AWS::EventSchemas::Registry": self._registry,
            "AWS::EventSchemas::Schema": self._schema,
            "AWS::Events::Archive": self._archive,
            "AWS::Events::EventBus": self._bus,
            "AWS::Events::EventBusPolicy": self._bus_policy,
            "AWS::Events::Rule": self._rule,
            "AWS::Lambda::Alias": self._alias,
            "AWS::Lambda::EventInvokeConfig": self._invoke_config,
            "AWS::Lambda::EventSourceMapping": self._mapping,
            "AWS::Lambda::Function": self._function,
            "AWS::Lambda::LayerVersion": self._layer,
            "AWS::Lambda::LayerVersionPermission": self._nothing,
            "AWS::Lambda::Permission": self._permission,
            "AWS::Lambda::Version": self._version,
            "AWS::SQS::Queue": self._queue,
            "AWS::SQS::QueueInlinePolicy": self._queue_policy,
            "AWS::SQS::QueuePolicy": self._queue_policy,
            "AWS::Scheduler::Schedule": self._schedule,
            "AWS::Scheduler::ScheduleGroup": self._schedule_group,
        }

    async def create(self, resource: Resource) -> Made:
        """Creates a resource; raises ApiError."""
        return await self._handlers[resource.kind](resource, None)

    async def update(self, resource: Resource, old: Resource) -> Made:
        """Changes a resource, or makes another one where AWS would replace it."""
        fixed = _FIXED.get(resource.kind, ())
        if any(resource.properties.get(key) != old.properties.get(key) for key in fixed):
            return await self.create(replace(resource, physical_id=""))
        return await self._handlers[resource.kind](resource, old)

    async def delete(self, resource: Resource) -> None:
        """Deletes a resource, if it still exists."""
        delete = DELETE.get(resource.kind)
        if delete is None:
            return
        try:
            for service, operation, parameters in delete(resource):
                await self._call(service, operation, parameters)
        except ApiError as error:
            if not any(absent in error.code for absent in _ABSENT):
                raise

    async def _queue(self, resource: Resource, old: Resource | None) -> Made:
        given = resource.properties
        attributes = _without(given, "QueueName", "Tags")
        if old is None:
            name = resource.named("QueueName")
            is_fifo = str(given.get("FifoQueue", "")).lower() == "true"
            if not is_fifo:  # SQS refuses the attribute for a standard queue
                attributes.pop("FifoQueue", None)
            name += ".fifo" if is_fifo and not name.endswith(".fifo") else ""
            create = {"QueueName": name, "Attributes": attributes, "tags": _tags(given)}
            made = await self._call("sqs", "CreateQueue", create)
            url: str = made["QueueUrl"]
        else:
            url = resource.physical_id
            attributes.pop("FifoQueue", None)
            before = _without(old.properties, "QueueName", "Tags", "FifoQueue")
            reset = {key: queue_attributes.DEFAULTS.get(key, "") for key in before}
            changed = {"QueueUrl": url, "Attributes": {**reset, **attributes}}
            await self._call("sqs", "SetQueueAttributes", changed)
        asked = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
        answered = await self._call("sqs", "GetQueueAttributes", asked)
        arn, name = answered["Attributes"]["QueueArn"], url.rpartition("/")[2]
        return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})

    async def _queue_policy(self, resource: Resource, old: Resource | None) -> Made:
        given = resource.properties
        queues = given.get("Queues") or [given["Queue"]]
        for url in (old.properties.get("Queues") or [old.properties["Queue"]]) if old else []:
            if url not in queues:
                await self._call("sqs", "SetQueueAttributes", policy_change(url, ""))
        for url in queues:
            await self._call(
                "sqs", "SetQueueAttributes", policy_change(url, given["PolicyDocument"])
            )
        return Made(resource.physical_id or resource.named(""), {})

    async def _bus(self, resource: Resource, old: Resource | None) -> Made:
        given = resource.properties
        operation = "UpdateEventBus" if old else "CreateEventBus"
        settings = _without(given, "Policy", "Tags", "EventSourceName")
        tags = {} if old else {"Tags": given.get("Tags", [])}
        await self._call(_EVENTS, operation, {**settings, "Name": given["Name"], **tags})
        if "Policy" in given:
            policy = given["Policy"]
            text = policy if isinstance(policy, str) else json.dumps(policy)
            put = {"EventBusName": given["Name"], "Policy": text}
            await self._call(_EVENTS, "PutPermission", put)
        elif old and "Policy" in old.properties:
            everything = {"EventBusName": given["Name"], "RemoveAllPermissions": True}
            await self._call(_EVENTS, "RemovePermission", everything)
        described = await self._call(_EVENTS, "DescribeEventBus", {"Name": given["Name"]})
        return Made(given["Name"], {"Arn": described["Arn"], "Name": given["Name"]})

    async def _rule(self, resource: Resource, old: Resource | None) -> Made:
        given = resource.properties
        bus = given.get("EventBusName") or "default"
        name = resource.physical_id.rpartition("|")[2] if old else resource.named("Name")
        put = {**_without(given, "Targets"), "Name": name, "EventBusName": bus}
        if old is None:  # PutRule would replace the rule of another owner
            like = {"EventBusName": bus, "NamePrefix": name, "Limit": 1}
            found = (await self._call(_EVENTS, "ListRules", like))["Rules"]
            if name in [one["Name"] for one in found]:
                raise ApiError("AlreadyExists", f"Rule {name} already exists on {bus}.")
        arn = (await self._call(_EVENTS, "PutRule", put))["RuleArn"]
        place = {"Rule": name, "EventBusName": bus}
        targets = given.get("Targets") or []
        gone = {one["Id"] for one in (old.properties.get("Targets") or [])} if old else set()
        gone -= {one["Id"] for one in targets}
        try:
            if gone:
                await self._call(_EVENTS, "RemoveTargets", {**place, "Ids": sorted(gone)})
            if targets:
                await self._call(_EVENTS, "PutTargets", {**place, "Targets": targets})
        except ApiError:
            if old is None:
                await self._call(_EVENTS, "DeleteRule", {"Name": name, "EventBusName": bus})
            raise
        bus_name = bus.partition(":event-bus/")[2] or bus
        return Made(name if bus_name == "default" else f"{bus_name}|{name}", {"Arn": arn})

    async def _bus_policy(self, resource: Resource, _old: Resource | None) -> Made:
        given = resource.properties
        bus, sid = given.get("EventBusName") or "default", given["StatementId"]
        statement = given.get("Statement")
        if statement is None:
            put = {"Action": "events:PutEvents", **given, "EventBusName": bus}
        else:
            if isinstance(statement, str):
                statement = json.loads(statement)
            described = await self._call(_EVENTS, "DescribeEventBus", {"Name": bus})
            policy = json.loads(described.get("Policy", "{}"))
            kept = [one for one in policy.get("Statement", []) if one.get("Sid") != sid]
            whole = {"Version": "2012-10-17", "Statement": [*kept, {**statement, "Sid": sid}]}
            put = {"EventBusName": bus, "Policy": json.dumps(whole)}
        await self._call(_EVENTS, "PutPermission", put)
        return Made(sid, {})

    async def _archive(self, resource: Resource, old: Resource | None) -> Made:
        given = resource.properties
        name = resource.physical_id if old else resource.named("ArchiveName")
        settings = _without(given, "SourceArn", "ArchiveName")
        if old:
            made = await self._call(_EVENTS, "UpdateArchive", {**settings, "ArchiveName": name})
        else:
            source = {"ArchiveName": name, "EventSourceArn": given["SourceArn"]}
            made = await self._call(_EVENTS, "CreateArchive", {**settings, **source})
        return Made(name, {"Arn": made["ArchiveArn"], "ArchiveName": name})

    async def _function(self, resource: Resource, old: Resource | None) -> Made:
        given = resource.properties
        name = resource.physical_id if old else resource.named("FunctionName")
        settings = {
            **_without(given, "Code", "Tags", "ReservedConcurrentExecutions", "Layers"),
            "FunctionName": name,
            "Layers": given.get("Layers", []),
        }
        if old is None:
            create = {**settings, "Code": _code(given["Code"]), "Tags": _tags(given)}
            made = await self._call(_LAMBDA, "CreateFunction", create)
        else:
            if given["Code"] != old.properties["Code"]:
                code = {"FunctionName": name, **_code(given["Code"])}
                await self._call(_LAMBDA, "UpdateFunctionCode", code)
            reset = {key: _FUNCTION_DEFAULTS.get(key) for key in old.properties}
            reset = {key: value for key, value in reset.items() if value is not None}
            update = {**reset, **_without(settings, "Architectures", "PackageType")}
            made = await self._call(_LAMBDA, "UpdateFunctionConfiguration", update)
        reserved = given.get("ReservedConcurrentExecutions")
        if reserved is not None:
            limit = {"FunctionName": name, "ReservedConcurrentExecutions": reserved}
            await self._call(_LAMBDA, "PutFunctionConcurrency", limit)
        elif old and "ReservedConcurrentExecutions" in old.properties:
            await self._call(_LAMBDA, "DeleteFunctionConcurrency", {"FunctionName": name})
        return Made(name, {"Arn": made["FunctionArn"]})

    async def _permission(self, resource: Resource, old: Resource | None) -> Made:
        if old:
            await self.delete(old)
        sid = resource.named("")
        given = _without(resource.properties, "FunctionUrlAuthType", "InvokedViaFunctionUrl")
        await self._call(_LAMBDA, "AddPermission", {**given, "StatementId": sid})
        return Made(sid, {"Id": sid})

    async def _mapping(self, resource: Resource, old: Resource | None) -> Made:
        given = _without(resource.properties, "Tags")
        if old:
            changed = {**_MAPPING_DEFAULTS, **_without(given, "EventSourceArn")}
            changed["UUID"] = resource.physical_id
            made = await self._call(_LAMBDA, "UpdateEventSourceMapping", changed)
        else:
            made = await self._call(_LAMBDA, "CreateEventSourceMapping", given)
        arn = made["EventSourceMappingArn"]
        return Made(made["UUID"], {"Id": made["UUID"], "EventSourceMappingArn": arn})

    async def _invoke_config(self, resource: Resource, _old: Resource | None) -> Made:
        await self._call(_LAMBDA, "PutFunctionEventInvokeConfig", dict(resource.properties))
        return Made(resource.physical_id or resource.named(""), {})

    async def _version(self, resource: Resource, old: Resource | None) -> Made:
        if old:
            return Made(resource.physical_id, {"Version": resource.physical_id.rpartition(":")[2]})
        made = await self._call(_LAMBDA, "PublishVersion", dict(resource.properties))
        arn = made["FunctionArn"]
        return Made(arn, {"Version": made["Version"], "FunctionArn": arn})

    async def _alias(self, resource: Resource, old: Resource | None) -> Made:
        given = _without(resource.properties, "ProvisionedConcurrencyConfig")
        weights = given.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
        shares = {one["FunctionVersion"]: float(one["FunctionWeight"]) for one in weights}
        given["RoutingConfig"] = {"AdditionalVersionWeights": shares}
        made = await self._call(_LAMBDA, "UpdateAlias" if old else "CreateAlias", given)
        return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})

    async def _layer(self, resource: Resource, _old: Resource | None) -> Made:
        given = resource.properties
        content = _code(given["Content"])
        layer = {**given, "LayerName": resource.named("LayerName"), "Content": content}
        made = await self._call(_LAMBDA, "PublishLayerVersion", layer)
        return Made(made["LayerVersionArn"], {"LayerVersionArn": made["LayerVersionArn"]})

    async def _schedule(self, resource: Resource, old: Resource | None) -> Made:
        name = resource.physical_id if old else resource.named("Name")
        given = {**resource.properties, "Name": name}
        operation = "UpdateSchedule" if old else "CreateSchedule"
        made = await self._call("scheduler", operation, given)
        return Made(name, {"Arn": made["ScheduleArn"]})

    async def _schedule_group(self, resource: Resource, old: Resource | None) -> Made:
        name = resource.physical_id if old else resource.named("Name")
        if old is None:
            tags = {"Tags": resource.properties.get("Tags", [])}
            await self._call("scheduler", "CreateScheduleGroup", {"Name": name, **tags})
        made = await self._call("scheduler", "GetScheduleGroup", {"Name": name})
        return Made(name, {"Arn": made["Arn"], "State": made["State"]})

    async def _registry(self, resource: Resource, old: Resource | None) -> Made:
        name = resource.physical_id.rpartition("/")[2] if old else resource.named("RegistryName")
        given = {**resource.properties, "RegistryName": name}
        made = await self._put_schemas_item("Registry", given, is_new=old is None)
        return Made(made["RegistryArn"], {"RegistryArn": made["RegistryArn"], "RegistryName": name})

    async def _put_schemas_item(self, kind: str, given: JsonObject, *, is_new: bool) -> JsonObject:
        if is_new:
            return await self._call("schemas", f"Create{kind}", {**given, "Tags": _tags(given)})
        return await self._call("schemas", f"Update{kind}", _without(given, "Tags"))

    async def _schema(self, resource: Resource, old: Resource | None) -> Made:
        name = resource.physical_id.rpartition("/")[2] if old else resource.named("SchemaName")
        given = {**resource.properties, "SchemaName": name}
        made = await self._put_schemas_item("Schema", given, is_new=old is None)
        arn, version = made["SchemaArn"], made["SchemaVersion"]
        return Made(arn, {"SchemaArn": arn, "SchemaName": name, "SchemaVersion": version})

    async def _http_api(self, resource: Resource, _old: Resource | None) -> Made:
        identifier = resource.physical_id or effects.random_hex(10)
        properties = {**resource.properties, "ApiId": identifier}
        url = await self._serve_api(resource.stack, resource.logical_id, properties)
        return Made(identifier, {"ApiEndpoint": url, "ApiId": identifier})

    async def _nothing(self, resource: Resource, _old: Resource | None) -> Made:
        """Makes what has no effect here."""
        return Made(resource.physical_id or resource.named(""), {"Arn": resource.logical_id})


_Handler = Callable[[Resource, Resource | None], Awaitable[Made]]
OWN: Final = frozenset(
    {
        "AWS::EventSchemas::Registry",
        "AWS::EventSchemas::Schema",
        "AWS::Events::Archive",
        "AWS::Events::EventBus",
        "AWS::Events::EventBusPolicy",
        "AWS::Events::Rule",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::LayerVersionPermission",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::SQS::Queue",
        "AWS::SQS::QueueInlinePolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
        "AWS::Scheduler::ScheduleGroup",
    }
)
"""Types that are always ours; HTTP APIs and alarms are in some forms only."""
_FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::EventSchemas::Registry": ("RegistryName",),
    "AWS::EventSchemas::Schema": ("RegistryName", "SchemaName"),
    "AWS::Events::Archive": ("ArchiveName", "SourceArn"),
    "AWS::Events::EventBus": ("Name",),
    "AWS::Events::EventBusPolicy": ("StatementId", "EventBusName"),
    "AWS::Events::Rule": ("Name", "EventBusName"),
    "AWS::Lambda::Alias": ("FunctionName", "Name"),
    "AWS::Lambda::EventInvokeConfig": ("FunctionName", "Qualifier"),
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn",),
    "AWS::Lambda::Function": ("FunctionName", "PackageType"),
    "AWS::Lambda::LayerVersion": ("Content", "LayerName", "CompatibleRuntimes", "Description"),
    "AWS::Lambda::Permission": ("FunctionName", "Action", "Principal", "SourceArn"),
    "AWS::Lambda::Version": ("FunctionName", "Description"),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::Scheduler::Schedule": ("Name", "GroupName"),
    "AWS::Scheduler::ScheduleGroup": ("Name",),
}
"""Properties whose change replaces the resource [CloudFormation reference, update requires]."""
_FUNCTION_DEFAULTS: Final[JsonObject] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Environment": {"Variables": {}},
    "DeadLetterConfig": {},
    "TracingConfig": {"Mode": "PassThrough"},
}
"""Values of properties that were removed from the template."""
_MAPPING_DEFAULTS: Final[JsonObject] = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "FilterCriteria": {},
    "ScalingConfig": {},
    "Enabled": True,
}


def is_own(kind: str, properties: JsonObject) -> bool:
    """True for a type that the platform has itself; an alarm only if it has metric math."""
    return kind in OWN or (kind == "AWS::CloudWatch::Alarm" and "Metrics" in properties)


def _code(given: JsonObject) -> JsonObject:
    """Returns where code lies, in the API's words; code written in a template becomes a zip."""
    if "ZipFile" in given:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", given["ZipFile"])
        return {"ZipFile": content.getvalue()}
    return {key: given[key] for key in ("S3Bucket", "S3Key") if key in given}


def _tags(given: JsonObject) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in given.get("Tags") or []}


def _without(given: JsonObject, *names: str) -> JsonObject:
    return {key: value for key, value in given.items() if key not in names}
