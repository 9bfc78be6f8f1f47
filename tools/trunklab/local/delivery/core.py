"""The delivery core: bus, queues, functions, mappings and schedules behind one `step`."""

from collections.abc import Callable
from typing import Final

from trunklab.local.delivery.buses import Buses
from trunklab.local.delivery.context import Context
from trunklab.local.delivery.functions import Functions
from trunklab.local.delivery.move_tasks import MoveTasks
from trunklab.local.delivery.queue_mappings import QueueMappings
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.schedules import Schedules
from trunklab.local.delivery.steps import (
    ApiCall,
    ApiError,
    CallEnded,
    EventArrived,
    Input,
    InvocationEnded,
    JsonObject,
    Output,
    RentedAnswered,
)

_OF_MAPPINGS: Final = "EventSourceMapping"
_OF_TASKS: Final = "MessageMoveTask"


class DeliveryCore:
    """All state of the delivery path; it changes in `step` alone.

    Equal seeds and equal inputs at equal times give equal outputs.
    """

    def __init__(self, context: Context, workers: int, retry_scale: float = 1.0) -> None:
        self.context = context
        self.queues = Queues(context)
        self.functions = Functions(context, self.queues, self._put_entries, workers, retry_scale)
        self._move_tasks = MoveTasks(context, self.queues)
        self.buses = Buses(self.context, self.queues, self.functions)
        self.mappings = QueueMappings(self.context, self.queues, self.functions)
        self.schedules = Schedules(self.context, self.queues, self.functions)
        self._services: dict[str, Callable[[ApiCall, float], JsonObject | None]] = {
            "events": self.buses.call,
            "sqs": self._call_sqs,
            "lambda": self._call_lambda,
            "scheduler": self.schedules.call,
        }

    @property
    def services(self) -> frozenset[str]:
        """The signing names of the services that the core answers for."""
        return frozenset(self._services)

    def step(self, given: Input, now: float) -> list[Output]:
        """Does what is due at `now`, then takes the input; returns all that this causes."""
        self.context.outputs = []
        self.context.run_due(now)
        if isinstance(given, ApiCall):
            self._call(given, now)
        elif isinstance(given, InvocationEnded):
            self.functions.ended(given.invocation_id, given.result, now)
        elif isinstance(given, RentedAnswered):
            self.context.rented_answered(given.request_id, given.response, now)
        elif isinstance(given, EventArrived):
            self.buses.put_event(given.bus, given.text, None, now)
        elif isinstance(given, CallEnded):
            self.queues.forget(given.call_id)
        self.context.run_due(now)
        return self.context.outputs

    def next_due(self) -> float | None:
        """Returns when the next step is due if no input comes before; None if nothing is due."""
        return self.context.next_due()

    def _call(self, call: ApiCall, now: float) -> None:
        try:
            response = self._services[call.service](call, now)
        except ApiError as error:
            self.context.answer(call.call_id, error)
        else:
            if response is not None:
                self.context.answer(call.call_id, response)

    def _call_sqs(self, call: ApiCall, now: float) -> JsonObject | None:
        of = self._move_tasks if _OF_TASKS in call.operation else self.queues
        return of.call(call, now)

    def _call_lambda(self, call: ApiCall, now: float) -> JsonObject | None:
        of = self.mappings if _OF_MAPPINGS in call.operation else self.functions
        return of.call(call, now)

    def _put_entries(
        self, entries: list[JsonObject], trace_header: str | None, now: float
    ) -> JsonObject:
        return self.buses.put_entries(entries, trace_header, now)
