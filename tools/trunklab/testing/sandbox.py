"""The sandbox of a test: tables, queues and buses made from a service's template, then removed."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from trunklab import effects, settings
from trunklab.errors import TemplateError
from trunklab.local.local_clients import client
from trunklab.templates.expressions import Scope
from trunklab.templates.template_file import JsonObject
from trunklab.testing.template_stack import BUS, PARAMETER, QUEUE, RULE, TABLE, Function, Stack
from trunkline.items import Item, from_attributes

Message = Mapping[str, Any]
"""A message as ReceiveMessage returns it."""

RECEIVED_AT_ONCE_MAX: Final = 10
"""Messages of one ReceiveMessage (SQS API reference)."""

_CONNECTIONS_MAX: Final = 32
"""Connections kept by each client: more than there are threads."""

_ARN: Final = f"arn:aws:%s:{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}:%s"
_ARN_PARTS: Final = {
    TABLE: ("dynamodb", "table/%s"),
    QUEUE: ("sqs", "%s"),
    BUS: ("events", "event-bus/%s"),
    RULE: ("events", "rule/%s"),
}
"""Service and resource in the ARN of each type."""

_TABLE_PROPERTIES: Final = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
_QUEUE_PROPERTIES: Final = (
    *("VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy", "Policy"),
)
_OPEN_TO_RULES: Final = {
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
    }
}
"""Without it, a queue receives nothing from a rule."""
_EVERYTHING: Final = json.dumps({"source": [{"prefix": ""}]})
_EVENTS: Final = "all-events"
_PLATFORM: Final = "platform-"
"""Begins the names of the platform's resources. No logical id has a hyphen: names stay distinct."""


@dataclass(frozen=True)
class Clients:
    """AWS clients of a sandbox; several threads may use them at once."""

    endpoint: str
    dynamodb: Any
    events: Any
    sqs: Any

    @classmethod
    def of(cls, endpoint: str) -> Self:
        """Makes the clients of one endpoint."""
        services = ("dynamodb", "events", "sqs")
        return cls(endpoint, *(client(name, endpoint, _CONNECTIONS_MAX) for name in services))

    def close(self) -> None:
        """Closes all connections."""
        for made in (self.dynamodb, self.events, self.sqs):
            made.close()


@dataclass(frozen=True)
class DeadLetter:
    """A message of a dead-letter queue."""

    body: str
    attributes: Mapping[str, str]
    """`reason`, `error_type`, `handler`, …; empty if SQS moved the message."""

    @classmethod
    def of(cls, message: Message) -> Self:
        """Reads a received message."""
        attributes = message.get("MessageAttributes", {})
        named = {name: str(value.get("StringValue", "")) for name, value in attributes.items()}
        return cls(message["Body"], named)

    @property
    def reason(self) -> str:
        """Why it was dead-lettered."""
        return self.attributes.get("reason", "")


class Sandbox:
    """Resources of one service for one test; `token` makes their names unique."""

    def __init__(self, clients: Clients, platform: Stack, service: Stack) -> None:
        self.clients = clients
        self.token = f"t{effects.random_hex(12)}"
        self.tables: dict[str, str] = {}
        """Names by logical id."""
        self.queues: dict[str, str] = {}
        """URLs by logical id."""
        self.events_url = ""
        """The queue that receives every event of every bus."""
        self._buses: list[str] = []
        self._parameters: dict[str, str] = {}
        """Values in SSM by name, as the platform's stack publishes them."""
        self._service = service
        self._platform = platform
        self._value = self._scope(service, "").value

    @classmethod
    @contextlib.contextmanager
    def of(cls, clients: Clients, platform: Stack, service: Stack) -> Iterator["Sandbox"]:
        """Makes all resources, and removes them at the end."""
        sandbox = cls(clients, platform, service)
        try:
            sandbox._make()
            yield sandbox
        finally:
            sandbox._remove()

    def environment(self, function: Function) -> dict[str, str]:
        """Returns the variables that the template gives to a function."""
        values = self._value(function.variables)
        return {name: str(value) for name, value in values.items()}

    def queue_arn(self, logical_id: str) -> str:
        """Returns the ARN of a queue."""
        return _ARN % ("sqs", self._name(logical_id))

    def items_of(self, table: str) -> list[Item]:
        """Returns every item of a table."""
        pages = self.clients.dynamodb.get_paginator("scan").paginate(
            TableName=table, ConsistentRead=True
        )
        return [from_attributes(item) for page in pages for item in page["Items"]]

    def receive(
        self, url: str, count_max: int = RECEIVED_AT_ONCE_MAX, wait_s: int = 0
    ) -> list[Message]:
        """Receives messages of a queue with all attributes; waits for the first of them."""
        response = self.clients.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=count_max,
            WaitTimeSeconds=wait_s,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(response.get("Messages", []))

    def messages_of(self, url: str, *, delete: bool = False) -> list[Message]:
        """Receives every message of a queue; without `delete` they stay in flight."""
        messages: list[Message] = []
        while received := self.receive(url):
            messages += received
            for message in received if delete else []:
                self.clients.sqs.delete_message(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
                )
        return messages

    def dead_letters_of(self, logical_id: str) -> list[DeadLetter]:
        """Receives the messages of a queue's dead-letter queue, if it has one."""
        properties = self._service.resources(QUEUE).get(logical_id, {})
        policy = self._value(properties.get("RedrivePolicy", {}))
        arns = {self.queue_arn(name): url for name, url in self.queues.items()}
        url = arns.get(policy.get("deadLetterTargetArn"))
        return [DeadLetter.of(one) for one in self.messages_of(url, delete=True)] if url else []

    def _name(self, logical_id: str) -> str:
        return f"{self.token}-{logical_id}"

    def _make(self) -> None:
        self.events_url = self._make_queue(_EVENTS, {"Policy": _OPEN_TO_RULES})
        for stack, prefix in ((self._platform, _PLATFORM), (self._service, "")):
            value = self._scope(stack, prefix).value
            for logical_id in stack.resources(BUS):
                self._make_bus(self._name(prefix + logical_id))
            for published in stack.resources(PARAMETER).values():
                self._parameters[value(published["Name"])] = value(published["Value"])
        for logical_id, properties in self._service.resources(TABLE).items():
            self._make_table(logical_id, properties)
        queues = self._service.resources(QUEUE).items()
        # Dead-letter queues first: the others name them.
        for logical_id, properties in sorted(queues, key=lambda pair: "RedrivePolicy" in pair[1]):
            self.queues[logical_id] = self._make_queue(logical_id, properties)

    def _make_bus(self, name: str) -> None:
        self.clients.events.create_event_bus(Name=name)
        self._buses.append(name)
        self.clients.events.put_rule(Name=_EVENTS, EventBusName=name, EventPattern=_EVERYTHING)
        target = {"Id": _EVENTS, "Arn": self.queue_arn(_EVENTS)}
        self.clients.events.put_targets(Rule=_EVENTS, EventBusName=name, Targets=[target])

    def _make_table(self, logical_id: str, properties: JsonObject) -> None:
        name = self._name(logical_id)
        wanted = {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}
        self.clients.dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", **self._value(wanted)
        )
        self.tables[logical_id] = name

    def _make_queue(self, logical_id: str, properties: JsonObject) -> str:
        wanted = {key: properties[key] for key in _QUEUE_PROPERTIES if key in properties}
        attributes = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in self._value(wanted).items()
        }
        response = self.clients.sqs.create_queue(
            QueueName=self._name(logical_id), Attributes=attributes
        )
        return str(response["QueueUrl"])

    def _remove(self) -> None:
        for name in self._buses:
            self.clients.events.remove_targets(Rule=_EVENTS, EventBusName=name, Ids=[_EVENTS])
            self.clients.events.delete_rule(Name=_EVENTS, EventBusName=name)
            self.clients.events.delete_event_bus(Name=name)
        for name in self.tables.values():
            self.clients.dynamodb.delete_table(TableName=name)
        for url in filter(None, (*self.queues.values(), self.events_url)):
            self.clients.sqs.delete_queue(QueueUrl=url)

    def _scope(self, stack: Stack, prefix: str) -> Scope:
        """Returns what the names in a template mean in this sandbox."""
        template = stack.template

        def parameter(name: str) -> str:
            if name not in self._parameters:
                raise TemplateError(template.path, f"the platform's stack publishes no {name}")
            return self._parameters[name]

        def resource(logical_id: str, attribute: str | None) -> object:
            kind = template.resources[logical_id]["Type"]
            physical = self._name(f"{prefix}{logical_id}")
            if kind == RULE:
                properties = stack.resources(RULE)[logical_id]
                bus = scope.value(properties.get("EventBusName", "default"))
                physical = f"{bus}/{scope.value(properties.get('Name', logical_id))}"
            if attribute is None:
                return self.queues.get(f"{prefix}{logical_id}", physical)
            if attribute == "Arn":
                return _ARN % _ARN_PARTS.get(kind, ("", "%s")) % physical
            return physical

        scope = Scope(template.path, template.body, stack.stage, parameter, resource)
        return scope
