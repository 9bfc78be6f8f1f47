"""Tables, queues and bus of one service, made from its template: fresh, and gone at the end."""

import contextlib
import json
from collections.abc import Iterator
from typing import Final

from trunklab import effects, settings
from trunklab.errors import TemplateError
from trunklab.templates.expressions import Scope
from trunklab.templates.template_file import JsonObject
from trunklab.testing.sandbox_clients import Clients
from trunklab.testing.template_stack import BUS, PARAMETER, QUEUE, RULE, TABLE, Function, Stack

_ARN: Final = f"arn:aws:%s:{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}:%s"

_OF_TABLE: Final = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
_OF_QUEUE: Final = ("VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy")
_EVERYTHING: Final = json.dumps({"source": [{"prefix": ""}]})
_EAR: Final = "heard-events"
_PLATFORM: Final = "platform-"
"""Begins the names of the platform's resources. No logical id has a hyphen: names stay distinct."""


class Sandbox:
    """What one service has in AWS for one test: its own and empty.

    Physical names hold `token`, which nothing else has. What roles, alarms and rules are for is
    not made: only what a function writes to and reads from.
    """

    def __init__(self, clients: Clients, platform: Stack, service: Stack) -> None:
        self.clients = clients
        self.token = f"t{effects.random_hex(12)}"
        self.tables: dict[str, str] = {}
        """Names by logical id."""
        self.queues: dict[str, str] = {}
        """URLs by logical id."""
        self._buses: list[str] = []
        self._parameters: dict[str, str] = {}
        """Values in SSM by name: what the platform's stack publishes."""
        self._platform = _Names(self, platform, _PLATFORM)
        self._service = _Names(self, service, "")
        self.heard_url = ""
        """The queue that hears every event of every bus."""

    @classmethod
    @contextlib.contextmanager
    def of(cls, clients: Clients, platform: Stack, service: Stack) -> Iterator["Sandbox"]:
        """Make everything; at the end nothing of it is left."""
        sandbox = cls(clients, platform, service)
        try:
            sandbox._make()
            yield sandbox
        finally:
            sandbox._remove()

    def environment(self, function: Function) -> dict[str, str]:
        """The environment that the template gives to a function."""
        values = self._service.value(function.variables)
        return {name: str(value) for name, value in values.items()}

    def queue_arn(self, logical_id: str) -> str:
        """The ARN of a queue."""
        return _ARN % ("sqs", self.physical_name(logical_id))

    def dead_letters_of(self, logical_id: str) -> str:
        """The URL of a queue's dead-letter queue, empty where it has none."""
        properties = self._service.stack.resources(QUEUE).get(logical_id, {})
        policy = self._service.value(properties.get("RedrivePolicy", {}))
        arns = {self.queue_arn(name): url for name, url in self.queues.items()}
        return arns.get(policy.get("deadLetterTargetArn"), "")

    def physical_name(self, logical_id: str) -> str:
        """How a resource is called here, whatever its template says."""
        return f"{self.token}-{logical_id}"

    def parameter(self, name: str) -> str:
        """The value of a parameter in SSM; raises KeyError where the platform publishes none."""
        return self._parameters[name]

    def _make(self) -> None:
        self.heard_url = self.clients.sqs.create_queue(QueueName=self.physical_name(_EAR))[
            "QueueUrl"
        ]
        for scope in (self._platform, self._service):
            for logical_id in scope.stack.resources(BUS):
                self._make_bus(scope.physical_name(logical_id))
            for one in scope.stack.resources(PARAMETER).values():
                self._parameters[scope.value(one["Name"])] = scope.value(one["Value"])
        for logical_id, properties in self._service.stack.resources(TABLE).items():
            self._make_table(logical_id, properties)
        for logical_id in self._dead_letter_queues_first():
            self._make_queue(logical_id, self._service.stack.resources(QUEUE)[logical_id])

    def _make_bus(self, name: str) -> None:
        self.clients.events.create_event_bus(Name=name)
        self._buses.append(name)
        rule = {"Rule": _EAR, "EventBusName": name}
        self.clients.events.put_rule(Name=_EAR, EventBusName=name, EventPattern=_EVERYTHING)
        target = {"Id": _EAR, "Arn": _ARN % ("sqs", self.physical_name(_EAR))}
        self.clients.events.put_targets(**rule, Targets=[target])

    def _make_table(self, logical_id: str, properties: JsonObject) -> None:
        name = self.physical_name(logical_id)
        wanted = {key: properties[key] for key in _OF_TABLE if key in properties}
        self.clients.dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", **self._service.value(wanted)
        )
        self.tables[logical_id] = name

    def _make_queue(self, logical_id: str, properties: JsonObject) -> None:
        wanted = {key: properties[key] for key in _OF_QUEUE if key in properties}
        attributes = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in self._service.value(wanted).items()
        }
        answer = self.clients.sqs.create_queue(
            QueueName=self.physical_name(logical_id), Attributes=attributes
        )
        self.queues[logical_id] = answer["QueueUrl"]

    def _dead_letter_queues_first(self) -> list[str]:
        queues = self._service.stack.resources(QUEUE)
        return sorted(queues, key=lambda logical_id: "RedrivePolicy" in queues[logical_id])

    def _remove(self) -> None:
        for name in self._buses:
            self.clients.events.remove_targets(Rule=_EAR, EventBusName=name, Ids=[_EAR])
            self.clients.events.delete_rule(Name=_EAR, EventBusName=name)
            self.clients.events.delete_event_bus(Name=name)
        for name in self.tables.values():
            self.clients.dynamodb.delete_table(TableName=name)
        for url in (*self.queues.values(), self.heard_url):
            if url:
                self.clients.sqs.delete_queue(QueueUrl=url)


class _Names:
    """What the names in one template mean in one sandbox."""

    def __init__(self, sandbox: Sandbox, stack: Stack, prefix: str) -> None:
        self.stack = stack
        self._sandbox = sandbox
        self._prefix = prefix
        self.value = Scope(
            stack.template.path, stack.template.body, stack.stage, self._published, self._resource
        ).value

    def physical_name(self, logical_id: str) -> str:
        return self._sandbox.physical_name(f"{self._prefix}{logical_id}")

    def _published(self, name: str) -> str:
        try:
            return self._sandbox.parameter(name)
        except KeyError as error:
            problem = f"the platform's stack publishes no {name}"
            raise TemplateError(self.stack.template.path, problem) from error

    def _resource(self, logical_id: str, attribute: str | None) -> object:
        kind = self.stack.template.resources[logical_id]["Type"]
        physical = self.physical_name(logical_id)
        if kind == RULE:
            physical = self._rule_name(logical_id)
        if attribute is None:
            return self._sandbox.queues.get(f"{self._prefix}{logical_id}", physical)
        if attribute == "Arn":
            return _ARN % _ARN_PARTS.get(kind, ("", "%s")) % physical
        return physical

    def _rule_name(self, logical_id: str) -> str:
        properties = self.stack.resources(RULE)[logical_id]
        bus = self.value(properties.get("EventBusName", "default"))
        return f"{bus}/{self.value(properties.get('Name', logical_id))}"


_ARN_PARTS: Final = {
    TABLE: ("dynamodb", "table/%s"),
    QUEUE: ("sqs", "%s"),
    BUS: ("events", "event-bus/%s"),
    RULE: ("events", "rule/%s"),
}
"""How an ARN of that type begins and goes on."""
