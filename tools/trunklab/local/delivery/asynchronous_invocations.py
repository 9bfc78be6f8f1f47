"""Asynchronous invocations: their queue, retries, age, destinations and dead letters."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from trunklab.local.delivery.context import Context
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.steps import ApiError, Invocation, InvocationResult, JsonObject, Notice

if TYPE_CHECKING:
    from trunklab.local.delivery.functions import Functions

RETRIES_MAX: Final = 2
EVENT_AGE_S_MAX: Final = 21_600
"""Defaults and limits of an event invoke configuration [service model]."""
RETRY_WAITS_S: Final = (60.0, 120.0)
"""Before the first and the second retry [Lambda guide, asynchronous invocation]."""
THROTTLE_WAIT_S: Final = 1.0
THROTTLE_WAIT_S_MAX: Final = 300.0
"""A throttled event waits twice as long each time [Lambda guide]."""
_ERROR_MESSAGE_MAX: Final = 1_024

PutEntries = Callable[[list[JsonObject], str | None, float], JsonObject]


@dataclass(slots=True, eq=False)
class _Event:
    request_id: str
    arn: str
    payload: bytes
    trace_header: str | None
    received: float
    attempts: int = 0
    throttles: int = 0


class AsynchronousInvocations:
    """The queue of all functions."""

    functions: "Functions"
    """Set by the functions themselves, which own this queue."""

    def __init__(
        self, context: Context, queues: Queues, put_entries: PutEntries, retry_scale: float
    ) -> None:
        self._context = context
        self._queues = queues
        self._put_entries = put_entries
        self._retry_scale = retry_scale

    def add(self, arn: str, payload: bytes, trace_header: str | None, now: float) -> str:
        """Queues an event and returns its request id, which every attempt has."""
        event = _Event(self._context.new_id(), arn, payload, trace_header, now)
        self._context.call_at(now, partial(self._attempt, event))
        return event.request_id

    def _attempt(self, event: _Event, now: float) -> None:
        try:
            config, _, reserved = self.functions.settings_of(event.arn)
        except ApiError as error:
            self._context.outputs.append(Notice(f"an asynchronous event is lost: {error.message}"))
            return
        age = config.get("MaximumEventAgeInSeconds", EVENT_AGE_S_MAX)
        if now - event.received > age:
            self._give_up(event, "EventAgeExceeded", None, now)
        elif reserved == 0:
            self._give_up(event, "ZeroReservedConcurrency", None, now)
        else:
            asked = Invocation(event.arn, event.payload, event.trace_header, event.request_id)
            self.functions.invoke(asked, now, partial(self._ended, event))

    def _ended(self, event: _Event, result: InvocationResult | ApiError, now: float) -> None:
        if isinstance(result, ApiError):
            wait_s = min(THROTTLE_WAIT_S_MAX, THROTTLE_WAIT_S * 2**event.throttles)
            event.throttles += 1
            self._context.call_at(now + wait_s, partial(self._attempt, event))
            return
        event.attempts += 1
        config, _, _ = self.functions.settings_of(event.arn)
        if not result.function_error:
            self._send(event, "OnSuccess", "Success", result, now)
        elif event.attempts > config.get("MaximumRetryAttempts", RETRIES_MAX):
            self._give_up(event, "RetriesExhausted", result, now)
        else:
            due = now + RETRY_WAITS_S[event.attempts - 1] * self._retry_scale
            age = config.get("MaximumEventAgeInSeconds", EVENT_AGE_S_MAX)
            if due - event.received > age:
                self._give_up(event, "EventAgeExceeded", result, now)
            else:
                self._context.call_at(due, partial(self._attempt, event))

    def _give_up(
        self, event: _Event, condition: str, result: InvocationResult | None, now: float
    ) -> None:
        self._send(event, "OnFailure", condition, result, now)
        _, configuration, _ = self.functions.settings_of(event.arn)
        arn = (configuration.get("DeadLetterConfig") or {}).get("TargetArn")
        if not arn:
            return
        error = json.loads(result.payload) if result else {}
        reason = str(error.get("errorMessage", condition)) if isinstance(error, dict) else condition
        attributes = {
            "RequestID": ("String", event.request_id),
            "ErrorCode": ("Number", "200"),
            "ErrorMessage": ("String", reason[:_ERROR_MESSAGE_MAX]),
        }
        shown = {
            name: {"DataType": kind, "StringValue": value}
            for name, (kind, value) in attributes.items()
        }
        self._deliver(arn, event, event.payload.decode(), now, attributes=shown)

    def _send(
        self, event: _Event, kind: str, condition: str, result: InvocationResult | None, now: float
    ) -> None:
        config, _, _ = self.functions.settings_of(event.arn)
        arn = config.get("DestinationConfig", {}).get(kind, {}).get("Destination")
        if not arn:
            return
        function_arn = _qualified(event.arn)
        record: JsonObject = {
            "version": "1.0",
            "timestamp": _milliseconds(now),
            "requestContext": {
                "requestId": event.request_id,
                "functionArn": function_arn,
                "condition": condition,
                "approximateInvokeCount": event.attempts,
            },
            "requestPayload": json.loads(event.payload),
        }
        if result is not None:
            context = {"statusCode": 200, "executedVersion": result.executed_version}
            if result.function_error:
                context["functionError"] = result.function_error
            record["responseContext"] = context
            record["responsePayload"] = json.loads(result.payload or b"null")
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        if ":event-bus/" in arn:
            outcome = "Success" if kind == "OnSuccess" else "Failure"
            entry = {
                "Source": "lambda",
                "DetailType": f"Lambda Function Invocation Result - {outcome}",
                "Resources": [arn, function_arn],
                "Detail": text,
                "EventBusName": arn,
            }
            self._put_entries([entry], event.trace_header, now)
        else:
            self._deliver(arn, event, text, now, attributes={})

    def _deliver(
        self, arn: str, event: _Event, body: str, now: float, *, attributes: JsonObject
    ) -> None:
        service = arn.split(":")[2]
        header = event.trace_header
        try:
            if service == "sqs":
                traced = {"DataType": "String", "StringValue": header}
                message = {"MessageBody": body, "MessageAttributes": attributes}
                system = {"MessageSystemAttributes": {"AWSTraceHeader": traced}} if header else {}
                self._queues.send(arn, {**message, **system}, now)
            elif service == "lambda":
                self.functions.invoke_async(arn, body.encode(), header, now)
            else:
                given = {"TopicArn": arn, "Message": body, "MessageAttributes": attributes}
                self._context.call_rented("sns", "Publish", given, partial(self._published, arn))
        except ApiError as error:
            self._lost(arn, error)

    def _published(self, arn: str, response: JsonObject | ApiError, _now: float) -> None:
        if isinstance(response, ApiError):
            self._lost(arn, response)

    def _lost(self, arn: str, error: ApiError) -> None:
        text = f"a record for {arn} could not be delivered: {error.code}: {error.message}"
        self._context.outputs.append(Notice(text))


def _qualified(arn: str) -> str:
    """Returns the ARN with its version, `$LATEST` if it has none."""
    name = arn.partition(":function:")[2]
    return arn if ":" in name else f"{arn}:$LATEST"


def _milliseconds(now: float) -> str:
    when = datetime.fromtimestamp(now, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"
