"""Drives the delivery core with real time, and does what it asks for."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Protocol

from trunklab import effects
from trunklab.local.delivery.core import DeliveryCore
from trunklab.local.delivery.steps import (
    ApiAnswer,
    ApiCall,
    ApiError,
    CallEnded,
    EventArrived,
    FunctionPublished,
    FunctionRetired,
    Input,
    InvocationEnded,
    InvocationResult,
    JsonObject,
    Output,
    RentedAnswered,
    RentedCall,
    StartInvocation,
    TimePassed,
)

_LOGGER: Final = logging.getLogger(__name__)
_INTERNAL_ERROR_STATUS: Final = 500

CallRented = Callable[[str, str, JsonObject], Awaitable[JsonObject]]
"""Calls an operation of a service of the emulator; raises ApiError."""


class Host(Protocol):
    """Runs functions."""

    def publish(self, published: FunctionPublished) -> None:
        """Makes a revision known."""

    def retire(self, revision: str) -> None:
        """Ends the idle workers of a revision."""

    async def run(self, start: StartInvocation) -> InvocationResult:
        """Runs one invocation to its end."""


class DeliveryServer:
    """Runs in one event loop: steps never overlap."""

    def __init__(self, core: DeliveryCore, host: Host, call_rented: CallRented) -> None:
        self._core = core
        self._host = host
        self._call_rented = call_rented
        self._calls: dict[int, asyncio.Future[JsonObject]] = {}
        self._call_ids = itertools.count(1)
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def services(self) -> frozenset[str]:
        """The signing names of the services that are answered here."""
        return self._core.services

    async def call(
        self, service: str, operation: str, parameters: JsonObject, trace_header: str | None = None
    ) -> JsonObject:
        """Returns the response to an operation; raises ApiError."""
        call_id = next(self._call_ids)
        answer: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._calls[call_id] = answer
        try:
            self._step(ApiCall(call_id, service, operation, parameters, trace_header))
            return await answer
        finally:
            if self._calls.pop(call_id, None) is not None and not answer.done():
                self._step(CallEnded(call_id))

    def put_event(self, bus: str, text: str) -> None:
        """Puts a whole event of another service on a bus."""
        self._step(EventArrived(bus, text))

    async def close(self) -> None:
        """Stops the timer and everything that runs."""
        if self._timer:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _step(self, given: Input) -> None:
        try:
            outputs = self._core.step(given, effects.now().timestamp())
        except Exception as error:  # logged whole, and answered
            _LOGGER.exception("the delivery core failed")
            if isinstance(given, ApiCall):
                message = f"{type(error).__name__}: {error}"
                failure = ApiError("InternalFailure", message, _INTERNAL_ERROR_STATUS)
                self._answer(ApiAnswer(given.call_id, failure))
            outputs = self._core.context.outputs
        for output in outputs:
            self._do(output)
        self._set_timer()

    def _do(self, output: Output) -> None:
        if isinstance(output, ApiAnswer):
            self._answer(output)
        elif isinstance(output, StartInvocation):
            self._begin(self._run(output))
        elif isinstance(output, RentedCall):
            self._begin(self._rent(output))
        elif isinstance(output, FunctionPublished):
            self._host.publish(output)
        elif isinstance(output, FunctionRetired):
            self._host.retire(output.revision)
        else:
            _LOGGER.warning("%s", output.text)

    def _answer(self, answered: ApiAnswer) -> None:
        answer = self._calls.pop(answered.call_id, None)
        if answer is None or answer.done():
            return
        if isinstance(answered.response, ApiError):
            answer.set_exception(answered.response)
        else:
            answer.set_result(answered.response)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, start: StartInvocation) -> None:
        result = await self._host.run(start)
        self._step(InvocationEnded(start.invocation_id, result))

    async def _rent(self, call: RentedCall) -> None:
        response: JsonObject | ApiError
        try:
            response = await self._call_rented(call.service, call.operation, call.parameters)
        except ApiError as error:
            response = error
        self._step(RentedAnswered(call.request_id, response))

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        due = self._core.next_due()
        if due is not None:
            delay = max(0.0, due - effects.now().timestamp())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, self._step, TimePassed())
