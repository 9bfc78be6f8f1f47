"""A service under test: hand it events and requests, see what it wrote, published and gave up."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from schemas.event import Event
from trunklab.errors import UsageError
from trunklab.local.http import http_payload
from trunklab.testing import function_launch, process
from trunklab.testing.inspection import DeadLetter, Item, items_of, messages_of
from trunklab.testing.messages import HttpRequest, Occurrence
from trunklab.testing.poller import Poller
from trunklab.testing.process import Result
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.template_stack import Function, Stack
from trunkline.items import Value, to_attributes

_RECEIVE_S: Final = 5
"""Seconds until what was sent to a queue must have come."""

_RUNTIMES_OWN: Final = "trunkline#"
"""How the keys of the runtime's own rows begin."""

_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True)
class Handled:
    """What one delivery came to."""

    events: tuple[Event, ...]
    """What the bus heard, in no order: instances of their contracts."""
    dead_letters: tuple[DeadLetter, ...]
    """What was given up, with the reasons."""
    failed: int
    """How many messages of the delivery will come again."""
    error: str
    """What ended the function itself; empty where nothing did."""
    logs: tuple[dict[str, Any], ...]
    """What the function logged."""

    def only(self, contract: type[_E]) -> _E:
        """The one event, which must be of that contract; raises AssertionError otherwise."""
        found = [type(event).__name__ for event in self.events]
        assert found == [contract.__name__], self._instead_of(contract, found)  # noqa: S101 - for tests
        (event,) = self.events
        assert isinstance(event, contract)  # noqa: S101 - the same
        return event

    def _instead_of(self, contract: type[Event], found: list[str]) -> str:
        """Describes what happened instead, with the reason: most often the function failed."""
        reasons = [self.error, *(letter.reason for letter in self.dead_letters)]
        return "; ".join(
            [f"published {found}, not one {contract.__name__}", *filter(None, reasons)]
        )


@dataclass(frozen=True)
class Answered:
    """What a request came to."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """JSON as plain data; text where it is none."""
    events: tuple[Event, ...]
    error: str
    """What ended the function itself; empty where nothing did."""
    logs: tuple[dict[str, Any], ...]


class Service:
    """One service with tables, queues and a bus of its own, made from its template.

    Each call runs the function in a process of its own, with the environment that the template
    gives it, against real DynamoDB, SQS and EventBridge semantics.
    """

    def __init__(
        self,
        stack: Stack,
        sandbox: Sandbox,
        contracts: Iterable[type[Event]],
        environment: Mapping[str, str],
    ) -> None:
        self._stack = stack
        self._sandbox = sandbox
        self._contracts = {(one.source, one.detail_type): one for one in contracts}
        self._environment = environment
        self._running = ExitStack()
        self._functions: dict[str, process.Function] = {}
        self._descriptions: dict[str, dict[str, Any]] = {}

    def handle(self, *events: Event, ids: Iterable[str] = ()) -> Handled:
        """Delivers events to the function that takes them, all in one batch.

        The same id makes it the same event again; without ids they are event-1, event-2, ….
        Raises UsageError where no function of the service takes the first of them.
        """
        named = [*ids] or [f"event-{number}" for number in range(1, len(events) + 1)]
        bodies = [
            Occurrence.of(event, name).delivered()
            for event, name in zip(events, named, strict=True)
        ]
        return self._deliver(self._consumer_of(bodies[0]), bodies)

    def deliver(self, *bodies: Any) -> Handled:
        """The same with messages as they stand: for what is no event, or a broken one."""
        consumers = self._consumers
        function = consumers[0] if len(consumers) == 1 else self._consumer_of(bodies[0])
        return self._deliver(function, bodies)

    def _deliver(self, function: Function, bodies: Sequence[Any]) -> Handled:
        poller = Poller(self._sandbox, function)
        poller.send(bodies)
        received = poller.receive(_RECEIVE_S)
        while len(received) < len(bodies) and (more := poller.receive(_RECEIVE_S)):
            received += more
        result = self._process(function).invoke(poller.batch(received))
        if "error" in result.answer:
            failures = [message["MessageId"] for message in received]
        else:
            failures = result.failures
        poller.delete(one for one in received if one["MessageId"] not in failures)
        poller.show_again(one for one in received if one["MessageId"] in failures)
        letters = self._letters(function)
        return Handled(self._heard(), letters, len(failures), result.error, tuple(result.logs))

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """Sends a request to the HTTP API; raises UsageError where it has no such route."""
        request = HttpRequest(method, path, headers or {}, body)
        for function in self._stack.functions:
            if request.fits(function):
                result = self._process(function).invoke(request.delivered(function, "request-1"))
                return self._answered(result)
        raise UsageError(f"service {self._stack.name} has no route for {method} {path}")

    def put(self, pk: str, sk: str, **attributes: Value) -> None:
        """Stores an item that is there before."""
        item = to_attributes({"pk": pk, "sk": sk, **attributes})
        self._sandbox.clients.dynamodb.put_item(TableName=self._table, Item=item)

    def item(self, pk: str, sk: str) -> Item | None:
        """An item's attributes without its key, or None."""
        return self.items().get((pk, sk))

    def items(self) -> dict[tuple[str, str], Item]:
        """The attributes of all items by key, without what the runtime keeps for itself."""
        return {
            (str(item["pk"]), str(item["sk"])): {
                name: value for name, value in item.items() if name not in {"pk", "sk", "_version"}
            }
            for item in items_of(self._sandbox, self._table)
            if not str(item["pk"]).startswith(_RUNTIMES_OWN)
        }

    def close(self) -> None:
        """Ends its functions."""
        self._running.close()

    @property
    def _table(self) -> str:
        """The table that the functions are told of."""
        for function in self._stack.functions:
            named = self._sandbox.environment(function).get("TRUNKLINE_TABLE")
            if named:
                return named
        raise UsageError(f"no function of service {self._stack.name} has a TRUNKLINE_TABLE")

    @property
    def _consumers(self) -> list[Function]:
        return [function for function in self._stack.functions if function.queue]

    def _consumer_of(self, body: Any) -> Function:
        for function in self._consumers:
            if self._takes(function, body):
                return function
        raise UsageError(f"no function of service {self._stack.name} takes this event")

    def _takes(self, function: Function, body: Any) -> bool:
        handlers = self._described(function).get("handlers")
        if handlers is None:  # it does not say: a consumer without the runtime, or a broken one
            return len(self._consumers) == 1
        if not isinstance(body, Mapping):
            return False
        address = (body.get("source"), body.get("detail-type"))
        return any(address == (one["source"], one["detail_type"]) for one in handlers.values())

    def _described(self, function: Function) -> dict[str, Any]:
        if function.logical_id not in self._descriptions:
            code, variables = function_launch.code_of(function), self._sandbox.environment(function)
            self._descriptions[function.logical_id] = process.described(code, variables)
        return self._descriptions[function.logical_id]

    def _process(self, function: Function) -> process.Function:
        if function.logical_id not in self._functions:
            endpoint = self._sandbox.clients.endpoint
            running = function_launch.start(function, self._sandbox, endpoint, self._environment)
            self._running.callback(running.stop)
            self._functions[function.logical_id] = running
        return self._functions[function.logical_id]

    def _heard(self) -> tuple[Event, ...]:
        bodies = messages_of(self._sandbox, self._sandbox.heard_url, take=True)
        return tuple(self._typed(json.loads(message["Body"])) for message in bodies)

    def _typed(self, event: Mapping[str, Any]) -> Event:
        address = (event["source"], event["detail-type"])
        contract = self._contracts.get(address)
        if contract is None:
            raise UsageError(f"{address[1]} of {address[0]} is no contract: name it in `contracts`")
        return contract.from_data(event["detail"]["data"])

    def _letters(self, function: Function) -> tuple[DeadLetter, ...]:
        url = self._sandbox.dead_letters_of(function.queue)
        found = messages_of(self._sandbox, url, take=True) if url else []
        return tuple(DeadLetter.of(message) for message in found)

    def _answered(self, result: Result) -> Answered:
        returned = json.dumps(result.answer.get("answer", {"statusCode": "failed"})).encode()
        answer = http_payload.shape_answer(returned)
        text = answer.body.decode(errors="replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = text
        headers = dict(answer.headers)
        logs = tuple(result.logs)
        return Answered(answer.status, headers, body, self._heard(), result.error, logs)
