"""A service under test: send it events and requests, read its items, events and dead letters."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from schemas.event import Event
from trunklab.errors import UsageError
from trunklab.local.http import http_payload
from trunklab.testing import function_process
from trunklab.testing.function_process import Result
from trunklab.testing.lambda_events import HttpRequest, Occurrence, Poller
from trunklab.testing.sandbox import DeadLetter, Sandbox
from trunklab.testing.template_stack import Function, Stack
from trunkline.items import Item, Value, to_attributes

_RECEIVE_S: Final = 30.0
"""Seconds until all messages that were sent must have been received."""

_RUNTIME_PREFIX: Final = "trunkline#"
"""Begins the keys of the runtime's own rows."""

_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True)
class _Invoked:
    events: tuple[Event, ...]
    """The published events, unordered: instances of their contracts."""
    error: str
    """The error that ended the function; empty if none did."""
    logs: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Handled(_Invoked):
    """The results of one delivery."""

    dead_letters: tuple[DeadLetter, ...]
    failed: int
    """The number of messages that are retried."""

    def only(self, contract: type[_E]) -> _E:
        """Returns the only event; raises AssertionError if it has another contract."""
        match self.events:
            case [event] if isinstance(event, contract):
                return event
        names = [type(event).__name__ for event in self.events]
        # Most often the function failed.
        reasons = filter(None, [self.error, *(letter.reason for letter in self.dead_letters)])
        problem = f"published {names}, not one {contract.__name__}"
        raise AssertionError("; ".join([problem, *reasons]))


@dataclass(frozen=True)
class Answered(_Invoked):
    """The response to a request, and the events that it published."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """Parsed JSON, or a string."""


class Service:
    """A service whose functions run in processes of their own against a sandbox."""

    def __init__(
        self,
        stack: Stack,
        sandbox: Sandbox,
        contracts: Iterable[type[Event]],
        environment: Mapping[str, str],
    ) -> None:
        self._stack = stack
        self._sandbox = sandbox
        self._contracts = {
            (contract.source, contract.detail_type): contract for contract in contracts
        }
        self._environment = environment
        self._running = ExitStack()
        self._functions: dict[str, function_process.Function] = {}

    def handle(self, *events: Event, ids: Iterable[str] = ()) -> Handled:
        """Delivers events in one batch to the function that handles the first of them.

        Equal ids make duplicates; the default ids are event-1, event-2, …. Raises UsageError if no
        function handles the event.
        """
        named = [*ids] or [f"event-{number}" for number in range(1, len(events) + 1)]
        bodies = [
            Occurrence.of(event, name).delivered()
            for event, name in zip(events, named, strict=True)
        ]
        return self._deliver(self._consumer_of(bodies[0]), bodies)

    def deliver(self, *bodies: Any) -> Handled:
        """Delivers message bodies as they are, such as invalid events."""
        consumers = self._consumers
        function = consumers[0] if len(consumers) == 1 else self._consumer_of(bodies[0])
        return self._deliver(function, bodies)

    def _deliver(self, function: Function, bodies: Sequence[Any]) -> Handled:
        poller = Poller(self._sandbox, function)
        poller.send(bodies)
        received = poller.receive_all(len(bodies), _RECEIVE_S)
        result = self._process(function).invoke(poller.batch(received))
        failed = result.failed_of(received)
        poller.settle(received, failed)
        letters = tuple(self._sandbox.dead_letters_of(function.queue))
        return Handled(self._events(), result.error, tuple(result.logs), letters, len(failed))

    def request(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """Sends a request to the HTTP API; raises UsageError if it has no such route."""
        request = HttpRequest(method, path, headers or {}, body)
        for function in self._stack.functions:
            if request.fits(function):
                result = self._process(function).invoke(request.delivered(function, "request-1"))
                return self._answered(result)
        raise UsageError(f"service {self._stack.name} has no route for {method} {path}")

    def put(self, pk: str, sk: str, **attributes: Value) -> None:
        """Stores an item."""
        item = to_attributes({"pk": pk, "sk": sk, **attributes})
        self._sandbox.clients.dynamodb.put_item(TableName=self._table, Item=item)

    def item(self, pk: str, sk: str) -> Item | None:
        """Returns an item's attributes without its key, or None."""
        return self.items().get((pk, sk))

    def items(self) -> dict[tuple[str, str], Item]:
        """Returns the attributes of all items by key, without the runtime's own."""
        return {
            (str(item["pk"]), str(item["sk"])): {
                name: value for name, value in item.items() if name not in {"pk", "sk", "_version"}
            }
            for item in self._sandbox.items_of(self._table)
            if not str(item["pk"]).startswith(_RUNTIME_PREFIX)
        }

    def close(self) -> None:
        """Stops its functions."""
        self._running.close()

    @property
    def _table(self) -> str:
        for function in self._stack.functions:
            if table := self._sandbox.environment(function).get("TRUNKLINE_TABLE"):
                return table
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
        handlers = self._process(function).describe().get("handlers")
        if handlers is None:  # a consumer without the runtime, or a broken one
            return len(self._consumers) == 1
        if not isinstance(body, Mapping):
            return False
        address = (body.get("source"), body.get("detail-type"))
        contracts = handlers.values()
        return any(address == (one.source, one.detail_type) for one in contracts)

    def _process(self, function: Function) -> function_process.Function:
        if function.logical_id not in self._functions:
            endpoint = self._sandbox.clients.endpoint
            running = function_process.start(function, self._sandbox, endpoint, self._environment)
            self._running.callback(running.stop)
            self._functions[function.logical_id] = running
        return self._functions[function.logical_id]

    def _events(self) -> tuple[Event, ...]:
        messages = self._sandbox.messages_of(self._sandbox.events_url, delete=True)
        return tuple(self._typed(json.loads(message["Body"])) for message in messages)

    def _typed(self, event: Mapping[str, Any]) -> Event:
        address = (event["source"], event["detail-type"])
        contract = self._contracts.get(address)
        if contract is None:
            raise UsageError(f"{address[1]} of {address[0]}: add its contract to `contracts`.")
        return contract.from_data(event["detail"]["data"])

    def _answered(self, result: Result) -> Answered:
        returned = json.dumps(result.answer.get("answer", {"statusCode": "failed"})).encode()
        answer = http_payload.shape_answer(returned)
        text = answer.body.decode(errors="replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = text
        events, logs, headers = self._events(), tuple(result.logs), dict(answer.headers)
        return Answered(events, result.error, logs, answer.status, headers, body)
