"""Event consumers: declare handlers and give `app.handler` to Lambda."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aws_lambda_powertools import Logger, Tracer

from trunkline.bounds import HANDLER_NAME_CHARACTERS_MAX, PARALLEL_HANDLERS_MAX
from trunkline.deadline import Deadline, LambdaContext
from trunkline.delivery import Delivery
from trunkline.effects import Effects
from trunkline.emitted import Emitted
from trunkline.entry import entry_of
from trunkline.envelope import Contract
from trunkline.errors import ConfigurationError
from trunkline.route import Route
from trunkline.runtime import Runtime
from trunkline.unit_of_work import UnitOfWork

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""No `#`: it separates name and event id in the mark's key."""

_Event = TypeVar("_Event", bound=Contract)
_Handler = Callable[[_Event, UnitOfWork], Emitted]


class Consumer:
    """A function that handles the events of its queue, each with exactly one effect.

    A handler's writes, the events it returns and a mark of the event (its idempotency record) are
    committed in one transaction. A delivery that finds the mark has no effect. After the commit the
    events are published. PermanentError sends the event to the dead-letter queue with its reason;
    after any other exception the event is redelivered alone.

    `parallel` is the number of handlers of a batch that may run at once, on threads; with more than
    1 the handlers must be thread-safe. Raises ConfigurationError beyond PARALLEL_HANDLERS_MAX.
    """

    def __init__(self, effects: Effects | None = None, *, parallel: int = 1) -> None:
        if not 1 <= parallel <= PARALLEL_HANDLERS_MAX:
            raise ConfigurationError(f"parallel is {parallel}: use 1 to {PARALLEL_HANDLERS_MAX}")
        self._effects = effects
        self._parallel = parallel
        self._routes: dict[tuple[str, str], Route] = {}
        self._opened: Runtime | None = None

    @property
    def logger(self) -> Logger:
        """Powertools' Logger: within a handler every line has the event's ids."""
        return self._runtime.log

    @property
    def tracer(self) -> Tracer:
        """Powertools' Tracer."""
        return self._runtime.tracer

    @property
    def handlers(self) -> Mapping[str, type[Contract]]:
        """The declared handlers: their names and contracts."""
        return {route.name: route.contract for route in self._routes.values()}

    def on(
        self, contract: type[_Event], *, name: str, ordered: bool = False
    ) -> Callable[[_Handler[_Event]], _Handler[_Event]]:
        """Returns a decorator that declares the handler of one contract.

        `name` is part of the mark's key: lower-case words joined by hyphens, unique in the service.
        Never rename a handler: under a new name it has handled no events yet. `ordered` publishes
        the returned events of one subject in the order of their commits, for one more read and
        write in each commit. Raises ConfigurationError for an invalid name, a second handler of one
        contract or a second use of a name.
        """
        address = (contract.source, contract.detail_type)
        if address in self._routes:
            raise ConfigurationError(
                f"{contract.detail_type} already has the handler {self._routes[address].name!r}: "
                "one function handles an event once"
            )
        if any(route.name == name for route in self._routes.values()):
            raise ConfigurationError(f"the handler name {name!r} is already used: choose another")
        if len(name) > HANDLER_NAME_CHARACTERS_MAX or not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"invalid handler name {name!r}: use lower-case words joined by hyphens, "
                f"at most {HANDLER_NAME_CHARACTERS_MAX} characters"
            )

        def declare(function: _Handler[_Event]) -> _Handler[_Event]:
            self._routes[address] = Route(name, contract, function, ordered)
            return function

        return declare

    def handler(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Handles a batch of SQS messages or one EventBridge event: Lambda's entry point.

        Returns the failed messages of a batch (Lambda guide, reporting batch item failures). Raises
        ConfigurationError before any event is handled, and RetryableError if a direct event failed.
        """
        runtime = self._runtime
        runtime.log.append_keys(
            function_name=context.function_name, function_request_id=context.aws_request_id
        )
        entry = entry_of(event)
        deadline = Deadline.of(context)
        delivery = Delivery(runtime, self._routes, deadline)
        try:
            delivery.take(entry.messages, self._parallel)
            runtime.relay.send(delivery.rows, deadline)
        finally:
            runtime.measures.flush()
        return entry.answer(delivery.failed)

    @property
    def _runtime(self) -> Runtime:
        # Opened by the first invocation: tests and tools import handler modules without a
        # function's environment.
        if self._opened is None:
            self._opened = Runtime.open(consumes=True, effects=self._effects)
        return self._opened
