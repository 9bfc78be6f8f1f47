"""Delivers events to targets: attempts, retries and dead letters, each target by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from trunklab.local.delivery import target_input
from trunklab.local.delivery.context import Context
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.resource_policy import allows
from trunklab.local.delivery.routing_log import Record, RoutingLog
from trunklab.local.delivery.steps import ApiError, JsonObject
from trunklab.local.delivery.target_input import InvalidInputError, Matched

EVENTBRIDGE: Final = "events.amazonaws.com"
RETRIES_MAX: Final = 185
EVENT_AGE_S_MAX: Final = 86_400
"""The defaults of a retry policy, and its limits [service model]."""
BACKOFF_S: Final = 1.0
BACKOFF_S_MAX: Final = 600.0
"""AWS does not publish its curve: ours doubles from one second to ten minutes, and draws the
second half of each interval. 185 retries take some 22 hours: either limit can be reached."""

_THROTTLED: Final = 429
_SERVER_ERROR: Final = 500
_NO_RESOURCE: Final = "NO_RESOURCE"
_NO_PERMISSIONS: Final = "NO_PERMISSIONS"
_DELIVERED: Final = frozenset({"lambda", "sqs", "sns", "states", "kinesis", "events"})


class Functions(Protocol):
    """The part of functions that deliveries use."""

    def exists(self, function_arn: str) -> bool:
        """True if there is such a function."""

    def policy(self, function_arn: str) -> JsonObject | None:
        """Returns its resource policy."""

    def invoke_async(
        self, function_arn: str, payload: bytes, trace_header: str | None, now: float
    ) -> str:
        """Queues an invocation and returns its request id."""


@dataclass(slots=True, eq=False)
class Delivery:
    """One event on its way to one target."""

    invocation_id: str
    event_id: str
    matched: Matched
    target: JsonObject
    trace_header: str | None
    log: RoutingLog
    began: float
    hops: int
    """Buses that the event has passed before."""
    attempts: int = 0

    @property
    def arn(self) -> str:
        """The target's ARN."""
        arn: str = self.target["Arn"]
        return arn

    def policy(self, name: str, default: int) -> int:
        """Returns a member of the retry policy."""
        value: int = (self.target.get("RetryPolicy") or {}).get(name, default)
        return value


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed."""

    code: str
    message: str
    may_succeed: bool = False
    """True if EventBridge would try again."""


Forward = Callable[[Delivery, float], Failure | None]
"""Puts an event on the bus that is its target."""


def is_delivered(target_arn: str) -> bool:
    """True if the local platform delivers to a target of this kind."""
    parts = target_arn.split(":")
    return len(parts) > 5 and parts[2] in _DELIVERED and ":api-destination/" not in target_arn  # noqa: PLR2004 - parts of an ARN


class Deliveries:
    """Makes the attempts of all deliveries."""

    def __init__(
        self, context: Context, queues: Queues, functions: Functions, forward: Forward
    ) -> None:
        self._context = context
        self._queues = queues
        self._functions = functions
        self._forward = forward

    def start(self, delivery: Delivery, now: float) -> None:
        """Makes the first attempt now; what follows is due later."""
        self._log(delivery, "INVOCATION_START", now)
        try:
            payload = target_input.shape(delivery.target, delivery.matched)
        except InvalidInputError as error:
            self._fail(delivery, Failure("INVALID_JSON", str(error)), now)
        else:
            self._attempt(delivery, payload, now)

    def _attempt(self, delivery: Delivery, payload: str, now: float) -> None:
        delivery.attempts += 1
        service = delivery.arn.split(":")[2]
        if service in {"sns", "states", "kinesis"}:
            self._rent(service, delivery, payload, now)
            return
        send = {"lambda": self._to_function, "sqs": self._to_queue, "events": self._to_bus}
        if service not in send:
            failure = Failure("INVALID_PARAMETER", f"{service} is not delivered to locally")
        else:
            try:
                failure_or_none = send[service](delivery, payload, now)
            except ApiError as error:
                failure_or_none = failure_of(error)
            if failure_or_none is None:
                self._succeed(delivery, now)
                return
            failure = failure_or_none
        self._settle(delivery, payload, failure, now)

    def _to_function(self, delivery: Delivery, payload: str, now: float) -> Failure | None:
        arn = delivery.arn
        if not self._functions.exists(arn):
            return Failure(_NO_RESOURCE, f"Function not found: {arn}")
        if not self._may(delivery, "lambda:InvokeFunction", self._functions.policy(arn)):
            return Failure(_NO_PERMISSIONS, f"No permission to invoke {arn}: its policy denies it")
        self._functions.invoke_async(arn, payload.encode(), delivery.trace_header, now)
        return None

    def _to_queue(self, delivery: Delivery, payload: str, now: float) -> Failure | None:
        arn = delivery.arn
        if not self._queues.exists(arn):
            return Failure(_NO_RESOURCE, "The specified queue does not exist.")
        if not self._may(delivery, "sqs:SendMessage", self._queues.policy(arn)):
            return Failure(_NO_PERMISSIONS, f"No permission to send to {arn}: its policy denies it")
        parameters = delivery.target.get("SqsParameters") or {}
        message: JsonObject = {"MessageBody": payload, **_traced(delivery.trace_header)}
        if "MessageGroupId" in parameters:
            message["MessageGroupId"] = parameters["MessageGroupId"]
        self._queues.send(arn, message, now)
        return None

    def _to_bus(self, delivery: Delivery, _payload: str, now: float) -> Failure | None:
        return self._forward(delivery, now)

    def _may(self, delivery: Delivery, action: str, policy: JsonObject | None) -> bool:
        keys = {
            "aws:SourceArn": delivery.matched.rule_arn,
            "aws:SourceAccount": self._context.account,
        }
        return allows(policy, action, delivery.arn, EVENTBRIDGE, keys)

    def _rent(self, service: str, delivery: Delivery, payload: str, now: float) -> None:
        del now

        def answered(response: JsonObject | ApiError, now: float) -> None:
            if isinstance(response, ApiError):
                self._settle(delivery, payload, failure_of(response), now)
            else:
                self._succeed(delivery, now)

        arn, event = delivery.arn, delivery.event_id
        if service == "sns":
            call = ("sns", "Publish", {"TopicArn": arn, "Message": payload})
        elif service == "states":
            named: JsonObject = {"stateMachineArn": arn, "input": payload}
            if delivery.trace_header:
                named["traceHeader"] = delivery.trace_header
            call = ("stepfunctions", "StartExecution", named)
        else:
            path = (delivery.target.get("KinesisParameters") or {}).get("PartitionKeyPath")
            found = target_input.find(path, delivery.matched.event()) if path else event
            found = event if found is target_input.MISSING else found
            record: JsonObject = {"PartitionKey": str(found), "Data": payload.encode()}
            call = ("kinesis", "PutRecord", {"StreamARN": arn, **record})
        self._context.call_rented(*call, answered)

    def _succeed(self, delivery: Delivery, now: float) -> None:
        attempt = {"attempt_count": delivery.attempts, **_kind(delivery)}
        self._log(delivery, "INVOCATION_ATTEMPT_SUCCESS", now, attempt)
        self._log(delivery, "INVOCATION_SUCCESS", now, _outcome(delivery, now, "SUCCESS"))

    def _settle(self, delivery: Delivery, payload: str, failure: Failure, now: float) -> None:
        """Plans the next attempt, or gives up."""
        error = {"error_message": failure.message, "aws_service": delivery.arn.split(":")[2]}
        attempt = {"attempt_count": delivery.attempts, **_kind(delivery)}
        retryable = "RETRYABLE" if failure.may_succeed else "PERMANENT"
        self._log(delivery, f"INVOCATION_ATTEMPT_{retryable}_FAILURE", now, attempt, error)
        retries = delivery.attempts - 1
        end = delivery.began + delivery.policy("MaximumEventAgeInSeconds", EVENT_AGE_S_MAX)
        due = now + self._backoff(retries)
        if not failure.may_succeed:
            self._fail(delivery, failure, now)
        elif retries >= delivery.policy("MaximumRetryAttempts", RETRIES_MAX):
            self._fail(delivery, failure, now, "MaximumRetryAttempts")
        elif due > end:
            self._context.call_at(
                end, lambda now: self._fail(delivery, failure, now, "MaximumEventAgeInSeconds")
            )
        else:
            self._context.call_at(due, lambda now: self._attempt(delivery, payload, now))

    def _backoff(self, retries: int) -> float:
        longest = min(BACKOFF_S_MAX, BACKOFF_S * 2.0 ** min(retries, 20))
        return longest * (0.5 + self._context.random.random() / 2)

    def _fail(
        self, delivery: Delivery, failure: Failure, now: float, exhausted: str | None = None
    ) -> None:
        retries = max(0, delivery.attempts - 1)
        if exhausted is None and delivery.policy("MaximumRetryAttempts", RETRIES_MAX) <= retries:
            exhausted = "MaximumRetryAttempts"
        outcome = _outcome(delivery, now, "FAILURE")
        self._log(delivery, "INVOCATION_FAILURE", now, outcome, {"error_message": failure.message})
        arn = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
        if not arn:
            return
        attributes = {
            "RULE_ARN": delivery.matched.rule_arn,
            "TARGET_ARN": delivery.arn,
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": failure.message,
            "EXHAUSTED_RETRY_CONDITION": exhausted or "",
            "RETRY_ATTEMPTS": str(retries),
        }
        message = {
            "MessageBody": delivery.matched.text,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
                if value
            },
            **_traced(delivery.trace_header),
        }
        self._log(
            delivery,
            "INVOCATION_DLQ",
            now,
            {"target_arn": arn},
            self._dead(arn, message, delivery, now),
        )

    def _dead(
        self, arn: str, message: JsonObject, delivery: Delivery, now: float
    ) -> JsonObject | None:
        """Sends a dead letter; returns why it could not be sent."""
        keys = {
            "aws:SourceArn": delivery.matched.rule_arn,
            "aws:SourceAccount": self._context.account,
        }
        if not self._queues.exists(arn):
            return {"error_message": f"the dead-letter queue {arn} does not exist"}
        if not allows(self._queues.policy(arn), "sqs:SendMessage", arn, EVENTBRIDGE, keys):
            return {"error_message": f"the policy of the dead-letter queue {arn} denies it"}
        try:
            self._queues.send(arn, message, now)
        except ApiError as error:
            return {"error_message": error.message}
        return None

    def _log(
        self,
        delivery: Delivery,
        kind: str,
        now: float,
        details: JsonObject | None = None,
        error: JsonObject | None = None,
    ) -> None:
        named: dict[str, Any] = {"rule_arn": delivery.matched.rule_arn, "target_arn": delivery.arn}
        delivery.log.add(
            Record(
                *(kind, delivery.event_id, now, named | (details or {})),
                *(delivery.invocation_id, error),
            )
        )


def failure_of(error: ApiError) -> Failure:
    """Returns how EventBridge sees the error of a target [EventBridge guide, retries]."""
    text = f"{error.code}: {error.message}"
    if error.status == _THROTTLED or "Throttl" in error.code or "TooMany" in error.code:
        return Failure("THROTTLING", text, may_succeed=True)
    if error.status >= _SERVER_ERROR:
        return Failure("ERROR_FROM_TARGET", text, may_succeed=True)
    if any(part in error.code for part in ("NotFound", "NotExist", "NonExistent")):
        return Failure(_NO_RESOURCE, text)
    if "AccessDenied" in error.code or "NotAuthorized" in error.code:
        return Failure(_NO_PERMISSIONS, text)
    return Failure("INVALID_PARAMETER", text)


def _traced(header: str | None) -> JsonObject:
    if not header:
        return {}
    value = {"DataType": "String", "StringValue": header}
    return {"MessageSystemAttributes": {"AWSTraceHeader": value}}


def _kind(delivery: Delivery) -> JsonObject:
    return {"attempt_type": "FIRST" if delivery.attempts == 1 else "RETRY"}


def _outcome(delivery: Delivery, now: float, status: str) -> JsonObject:
    return {
        "total_attempts": delivery.attempts,
        "final_invocation_status": status,
        "ingestion_to_complete_latency_ms": int((now - delivery.began) * 1000),
    }
