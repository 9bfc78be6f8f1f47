"""API handlers that write and publish through a unit of work, with a request as its cause."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from aws_lambda_powertools import Logger, Tracer
from pydantic import ValidationError

from trunkline.answers import Answer, Answered, answer_to, json_answer
from trunkline.cause import Cause
from trunkline.commit import Committed
from trunkline.deadline import Deadline, LambdaContext
from trunkline.effects import Effects, derived_id
from trunkline.emitted import Emitted
from trunkline.errors import ConflictError, InvalidEventError, KeyReusedError
from trunkline.faults import told
from trunkline.items import Item
from trunkline.log_fields import emitted_fields, failure_fields, milliseconds
from trunkline.observability import make_logger
from trunkline.request_key import KeyedRequest, RequestCause
from trunkline.runtime import Runtime
from trunkline.trace_context import link_to, own_traceparent, xray_trace_id
from trunkline.unit_of_work import Identity, UnitOfWork

_Emitted = TypeVar("_Emitted", bound=Emitted)
_Result = TypeVar("_Result")

Function: TypeAlias = Callable[[dict[str, Any], LambdaContext], Answer]
"""A function that Lambda calls for a request of an HTTP API."""


class Producer:
    """A function that commits writes and events of a request in one transaction."""

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

    def handler(self, function: Function) -> Function:
        """Returns an entry point for Lambda that lets no exception out.

        It responds with the response of `Answered`, 400 for an invalid body or idempotency key, 422
        for a reused key, and 409 with `Retry-After` while another request makes the external call.
        Any other failure is logged without its message, which may quote client data, and gets 500.
        """

        @wraps(function)
        def guarded(event: dict[str, Any], context: LambdaContext) -> Answer:
            try:
                return function(event, context)
            except Exception as error:  # noqa: BLE001 - the boundary: clients get no details
                answer = answer_to(error)
                if answer is None:
                    self._report(error, event, context)
                return answer or json_answer(500, {"error": "internal"})

        return guarded

    def commit(
        self,
        work: Callable[[UnitOfWork], _Emitted],
        *,
        name: str,
        request_id: str,
        context: LambdaContext,
        ordered: bool = False,
    ) -> _Emitted:
        """Runs the work, commits its writes and events in one transaction, publishes the events.

        Returns the result of the committed run. `name` is unique in the service; the unit's ids
        derive from it and `request_id`. The trace's root is the function's own segment. `ordered`
        publishes the events of one subject in the order of their commits. The sweep sends events
        that the bus does not accept now.

        Raises what the work raises and errors of `trunkline.errors`. A ValidationError of the work
        becomes an InvalidEventError with its faults but without the values.
        """
        returned: list[_Emitted] = []

        def remembered(unit: UnitOfWork) -> _Emitted:
            returned[:] = [work(unit)]
            return returned[0]

        request = KeyedRequest(request_id, key=None, body=b"")
        cause = self._cause(name, request, ordered=ordered)
        with self._about(cause, context):
            self._commit(cause, remembered, request, context)
        return returned[0]

    # The keywords are the request as a whole; they are read by name, never by position.
    def answer(  # noqa: PLR0913
        self,
        work: Callable[[UnitOfWork], _Emitted],
        answer: Callable[[_Emitted], Answer],
        *,
        name: str,
        request: KeyedRequest,
        context: LambdaContext,
        ordered: bool = False,
    ) -> Answer:
        """Commits like `commit`, and returns the same response for every repeated request.

        `answer` makes the response, plain JSON, from the result of the work. With a key it is
        stored in a mark, in the same transaction and with the same retention as consumers' marks. A
        repeated request gets the first response whatever the work does; concurrent requests with
        one key have one effect and one response. Without a key all requests are independent.

        If the work raises `Answered` and no mark exists, its response is returned without a mark.
        Refuse invalid requests in the work, so that stricter rules never affect a repeated request.
        Raises KeyReusedError for another body under a key, else what `commit` raises.
        """
        made: list[str] = []

        def answered(unit: UnitOfWork) -> _Emitted:
            returned = work(unit)
            # Before the transaction: a response that is not JSON must fail before its effect.
            made[:] = [json.dumps(answer(returned), allow_nan=False)]
            return returned

        def note() -> Item:
            trace = cause.traceparent
            return {"fingerprint": request.fingerprint, "answer": made[0], "traceparent": trace}

        cause = self._cause(name, request, ordered=ordered, note=note)
        failure: Exception | None = None
        with self._about(cause, context) as subsegment:
            try:
                if not self._commit(cause, answered, request, context).duplicate:
                    return _answer_in(made[0])
            except Exception as error:  # noqa: BLE001 - raised below, unless the mark is there
                failure = error
            # The mark is read before any failure is reported, see Delivery.
            mark = self._runtime.committer.mark(cause)
            if mark is None:
                return _answer_without_mark(failure)
            if mark["fingerprint"] == request.fingerprint:
                # The repeated request belongs to the trace of the first one. Marks of older
                # versions have no trace.
                if traceparent := mark.get("traceparent"):
                    subsegment.add_link(link_to(str(traceparent)))
                self._runtime.log.info("request repeated", request_id=request.request_id)
                return _answer_in(str(mark["answer"]))
            self._runtime.log.warning("idempotency key reused", request_id=request.request_id)
        raise KeyReusedError(
            "this key was used with another body: repeat that request unchanged, or use a new key"
        )

    def read(self, work: Callable[[UnitOfWork], _Result], context: LambdaContext) -> _Result:
        """Returns the result of the work without a commit.

        Raises ValueError if the work recorded a write: use `commit` for that.
        """
        runtime = self._runtime
        _name_invocation(runtime.log, context)
        identity = Identity(runtime.settings.service, "read", context.aws_request_id)
        unit = UnitOfWork(runtime.table, identity, runtime.effects.now(), event=None)
        result = work(unit)
        if unit.actions(version=""):
            raise ValueError("a read recorded a write: use commit")
        return result

    def _commit(
        self,
        cause: Cause,
        work: Callable[[UnitOfWork], Emitted],
        request: KeyedRequest,
        context: LambdaContext,
    ) -> Committed:
        runtime, deadline = self._runtime, Deadline.of(context)

        def named(unit: UnitOfWork) -> Emitted:
            try:
                return work(unit)
            except ValidationError as error:
                # Lambda prints an exception with its chain, and Pydantic's message quotes values.
                raise InvalidEventError(
                    f"{cause.handler} makes a value that breaks its model", told(error)
                ) from None

        started = runtime.effects.now()
        committed = runtime.committer.commit(cause, named, deadline)
        if committed.duplicate:
            return committed
        rows = committed.rows
        subject = rows[0].envelope.metadata.subject if rows else None
        if subject:
            runtime.tracer.put_annotation("subject", subject)
        runtime.log.info(
            "request committed",
            event_id=None,
            subject=subject,
            request_id=request.request_id,
            emitted=emitted_fields(rows),
            duration_ms=milliseconds(started, runtime.effects.now()),
        )
        runtime.relay.send(rows, deadline)
        return committed

    @contextmanager
    def _about(self, cause: Cause, context: LambdaContext) -> Iterator[Any]:
        """Adds the request's ids to log lines and trace of its block.

        Keys that the work appends are removed at its end.
        """
        log, provider = self._runtime.log, self._runtime.tracer.provider
        _name_invocation(log, context)
        fields = {
            "handler": cause.handler,
            "correlation_id": cause.correlation_id,
            "trace_id": xray_trace_id(cause.traceparent),
        }
        before = set(log.get_current_keys())
        try:
            with (
                log.append_context_keys(**fields),
                provider.in_subsegment(name=f"## {cause.handler}") as subsegment,
            ):
                subsegment.put_annotation("correlation_id", cause.correlation_id)
                yield subsegment
        finally:
            log.remove_keys(set(log.get_current_keys()) - before)

    def _cause(
        self,
        name: str,
        request: KeyedRequest,
        *,
        ordered: bool,
        note: Callable[[], Item] | None = None,
    ) -> Cause:
        runtime = self._runtime
        service, cause_id = runtime.settings.service, request.cause_id
        return RequestCause(
            handler=name,
            cause_id=cause_id,
            correlation_id=derived_id(service, name, cause_id, "correlation"),
            traceparent=own_traceparent(runtime.effects),
            event=None,
            ordered=ordered,
            note=note if request.key is not None else None,
            mark_id=request.mark_id,
        )

    def _report(self, error: Exception, event: Any, context: LambdaContext) -> None:
        try:
            log = self._runtime.log
        except Exception:  # noqa: BLE001 - the failure may be in its settings
            log = make_logger(context.function_name)
        _name_invocation(log, context)
        request = event.get("requestContext") if isinstance(event, dict) else None
        request_id = request.get("requestId") if isinstance(request, dict) else None
        log.error("request failed", request_id=request_id, **failure_fields(error))

    @property
    def _runtime(self) -> Runtime:
        # Opened by the first request, see Consumer.
        if self._opened is None:
            self._opened = Runtime.open(consumes=False, effects=self._effects)
        return self._opened


def _name_invocation(log: Logger, context: LambdaContext) -> None:
    log.append_keys(function_name=context.function_name, function_request_id=context.aws_request_id)


def _answer_in(text: str) -> Answer:
    # The first response too is read from its stored form, so that repetitions never differ.
    answer: Answer = json.loads(text)
    return answer


def _answer_without_mark(failure: Exception | None) -> Answer:
    if isinstance(failure, Answered):
        return failure.answer
    raise failure or ConflictError("the mark of the key was removed while it was read")
