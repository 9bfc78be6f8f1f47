"""How a service takes events: declare handlers, hand `app.handler` to Lambda."""

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
    """A function that takes events from its queue, each with exactly one effect.

    What a handler writes and the events it returns are committed together with a mark of the
    event, in one transaction; a delivery that finds the mark does nothing. Then the events are
    published. A handler that raises PermanentError sends the event to the dead-letter queue with
    the reason; after any other exception the event is delivered again, alone.

    `parallel` is how many handlers may run at once, on threads of their own, while a batch is
    worked through; more than 1 promises that the handlers allow it. Raises ConfigurationError
    beyond PARALLEL_HANDLERS_MAX.
    """

    def __init__(self, effects: Effects | None = None, *, parallel: int = 1) -> None:
        if not 1 <= parallel <= PARALLEL_HANDLERS_MAX:
            raise ConfigurationError(
                f"parallel is {parallel}: choose from 1 to {PARALLEL_HANDLERS_MAX}"
            )
        self._effects = effects
        self._parallel = parallel
        self._routes: dict[tuple[str, str], Route] = {}
        self._opened: Runtime | None = None

    @property
    def logger(self) -> Logger:
        """Powertools' Logger: within a handler it names the event on every line."""
        return self._runtime.log

    @property
    def tracer(self) -> Tracer:
        """Powertools' Tracer."""
        return self._runtime.tracer

    @property
    def handlers(self) -> Mapping[str, type[Contract]]:
        """The declared handlers: their names and the contracts they take."""
        return {route.name: route.contract for route in self._routes.values()}

    def on(
        self, contract: type[_Event], *, name: str, ordered: bool = False
    ) -> Callable[[_Handler[_Event]], _Handler[_Event]]:
        """Declares the handler of one contract.

        `name` is part of the mark's key: unique in the service, and never renamed, since a
        handler under a new name has not handled anything yet. Lower-case words joined by hyphens.
        `ordered` lets the events of one subject that it returns reach the bus in the order of
        their commits, for one more read and write in each commit.
        Raises ConfigurationError for another form, a second handler of one contract or a second
        use of a name.
        """
        address = (contract.source, contract.detail_type)
        if address in self._routes:
            raise ConfigurationError(
                f"{contract.detail_type} already has the handler {self._routes[address].name!r}: "
                "one function handles an event once"
            )
        if any(route.name == name for route in self._routes.values()):
            raise ConfigurationError(f"the handler name {name!r} is taken: choose another")
        if len(name) > HANDLER_NAME_CHARACTERS_MAX or not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} is no handler name: lower-case words joined by hyphens, "
                f"{HANDLER_NAME_CHARACTERS_MAX} characters at the most"
            )

        def declare(function: _Handler[_Event]) -> _Handler[_Event]:
            self._routes[address] = Route(name, contract, function, ordered)
            return function

        return declare

    def handler(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Lambda's entry point for a batch of SQS messages or one event of EventBridge.

        Answers a batch with the messages that are to be delivered again (Lambda guide, reporting
        batch item failures). Raises ConfigurationError before touching anything, and
        RetryableError when a single event failed.
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
        # Opened by the first invocation, not at import: a module that declares handlers can be
        # imported by tests and tools that have no function's environment.
        if self._opened is None:
            self._opened = Runtime.open(consumes=True, effects=self._effects)
        return self._opened
