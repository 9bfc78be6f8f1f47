"""Workers of functions: which invocation may run, which waits, which is throttled."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from trunklab.local.delivery.context import Context
from trunklab.local.delivery.function_state import Function
from trunklab.local.delivery.invocation_answers import throttled
from trunklab.local.delivery.steps import ApiError, InvocationResult, StartInvocation

WAITING_MAX: Final = 1_000
"""Invocations that wait for a worker; more are throttled."""

OnEnd = Callable[[InvocationResult | ApiError, float], None]


@dataclass(frozen=True, slots=True)
class Admitted:
    """An invocation that runs or waits."""

    start: StartInvocation
    function: Function
    version: str
    on_end: OnEnd


class Workers:
    """Invocations of all functions; `maximum` may run beside the first of each function."""

    def __init__(self, context: Context, maximum: int) -> None:
        self._context = context
        self._maximum = maximum
        self._shared = 0
        """Invocations that run beside the first of their function."""
        self._running: dict[str, Admitted] = {}
        self._waiting: OrderedDict[str, Admitted] = OrderedDict()

    def admit(self, invocation: Admitted, now: float) -> None:
        """Starts an invocation or lets it wait; an ApiError goes to its `on_end`."""
        function = invocation.function
        if function.reserved is not None and function.running >= function.reserved:
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            invocation.on_end(throttled(reason), now)
        elif function.running == 0 or self._shared < self._maximum:
            self._begin(invocation)
        elif len(self._waiting) < WAITING_MAX:
            self._waiting[invocation.start.invocation_id] = invocation
        else:
            invocation.on_end(throttled("ConcurrentInvocationLimitExceeded"), now)

    def ended(self, invocation_id: str, result: InvocationResult, now: float) -> None:
        """Takes the result of an invocation, and starts those that waited for its worker."""
        ended = self._running.pop(invocation_id)
        function = ended.function
        function.running -= 1
        self._shared -= function.running > 0
        if function.running == 0:
            next_of_function = (w for w in self._waiting.values() if w.function is function)
            self._start_waiting(next(next_of_function, None))
        while self._waiting and self._shared < self._maximum:
            self._start_waiting(next(iter(self._waiting.values())))
        ended.on_end(replace(result, executed_version=ended.version), now)

    def _start_waiting(self, invocation: Admitted | None) -> None:
        if invocation is not None:
            del self._waiting[invocation.start.invocation_id]
            self._begin(invocation)

    def _begin(self, invocation: Admitted) -> None:
        self._shared += invocation.function.running > 0
        invocation.function.running += 1
        self._running[invocation.start.invocation_id] = invocation
        self._context.outputs.append(invocation.start)
