"""How an API handler writes and publishes: the same unit of work, with a request as its cause."""

from collections.abc import Callable
from typing import TypeVar

from aws_lambda_powertools import Logger, Tracer
from pydantic import ValidationError

from trunkline.commit import Cause, Emitted
from trunkline.deadline import Deadline, LambdaContext
from trunkline.delivery import emitted_fields, milliseconds
from trunkline.effects import Effects, derived_id
from trunkline.errors import InvalidEventError
from trunkline.faults import told
from trunkline.runtime import Runtime
from trunkline.settings import xray_header
from trunkline.trace_context import new_traceparent, traceparent_of, xray_trace_id
from trunkline.unit_of_work import Identity, UnitOfWork

_Emitted = TypeVar("_Emitted", bound=Emitted)
_Result = TypeVar("_Result")


class Producer:
    """A function that turns requests into writes and events, both or neither."""

    def __init__(self, effects: Effects | None = None) -> None:
        self._effects = effects
        self._opened: Runtime | None = None

    @property
    def logger(self) -> Logger:
        """Powertools' Logger."""
        return self._runtime.log

    @property
    def tracer(self) -> Tracer:
        """Powertools' Tracer."""
        return self._runtime.tracer

    def commit(
        self,
        work: Callable[[UnitOfWork], _Emitted],
        *,
        name: str,
        request_id: str,
        context: LambdaContext,
    ) -> _Emitted:
        """Runs the work, commits its writes and events in one transaction, publishes the events.

        Answers what the committed run of the work returned. `name` is unique in the service;
        ids made by the unit derive from it and `request_id`. The trace's root is the function's
        own segment. Raises what the work raises and what `trunkline.errors` names; an event that
        the bus does not take now is sent by the sweep. A ValidationError of the work becomes an
        InvalidEventError that names the faults without the values.
        """
        runtime = self._runtime
        runtime.log.append_keys(
            function_name=context.function_name, function_request_id=context.aws_request_id
        )
        deadline = Deadline.of(context)
        cause = self._cause(name, request_id)
        returned: list[_Emitted] = []

        def remembered(unit: UnitOfWork) -> _Emitted:
            try:
                returned[:] = [work(unit)]
            except ValidationError as error:
                # Lambda prints what leaves a function with its whole chain, and Pydantic's
                # message quotes the values it failed on.
                raise InvalidEventError(
                    f"{name} makes something that breaks its model", told(error)
                ) from None
            return returned[0]

        fields = {
            "handler": name,
            "correlation_id": cause.correlation_id,
            "trace_id": xray_trace_id(cause.traceparent),
        }
        started = runtime.effects.now()
        with (
            runtime.log.append_context_keys(**fields),
            runtime.tracer.provider.in_subsegment(name=f"## {name}") as subsegment,
        ):
            subsegment.put_annotation("correlation_id", cause.correlation_id)
            committed = runtime.committer.commit(cause, remembered, deadline)
            runtime.log.info(
                "request committed",
                event_id=None,
                subject=committed.rows[0].envelope.metadata.subject if committed.rows else None,
                request_id=request_id,
                emitted=emitted_fields(committed.rows),
                duration_ms=milliseconds(started, runtime.effects.now()),
            )
            runtime.relay.send(committed.rows, deadline)
        return returned[0]

    def read(self, work: Callable[[UnitOfWork], _Result], context: LambdaContext) -> _Result:
        """Answers what the work read; nothing is committed.

        Raises ValueError when the work recorded a write: that is what `commit` is for.
        """
        runtime = self._runtime
        runtime.log.append_keys(
            function_name=context.function_name, function_request_id=context.aws_request_id
        )
        identity = Identity(runtime.settings.service, "read", context.aws_request_id)
        unit = UnitOfWork(runtime.table, identity, runtime.effects.now(), event=None)
        result = work(unit)
        if unit.actions(version=""):
            raise ValueError("a read recorded a write: use commit")
        return result

    def _cause(self, name: str, request_id: str) -> Cause:
        runtime = self._runtime
        return Cause(
            handler=name,
            cause_id=request_id,
            correlation_id=derived_id(runtime.settings.service, name, request_id, "correlation"),
            traceparent=traceparent_of(xray_header()) or new_traceparent(runtime.effects),
            event=None,
        )

    @property
    def _runtime(self) -> Runtime:
        # Opened by the first request, see Consumer.
        if self._opened is None:
            self._opened = Runtime.open(consumes=False, effects=self._effects)
        return self._opened
