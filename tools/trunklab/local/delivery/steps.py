"""Inputs and outputs of the delivery core.

The core is driven by `DeliveryCore.step(input, now) -> outputs`: by the server in real time, by
tests in virtual time. `now` is in seconds since the epoch everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

JsonObject = dict[str, Any]

SENDER_FAULT: Final = 400


class ApiError(Exception):
    """An error that an AWS API answers."""

    def __init__(
        self, code: str, message: str, status: int = SENDER_FAULT, **members: object
    ) -> None:
        super().__init__(message)
        self.code = code
        """The name of the error's shape in AWS's service model, or a common error's code."""
        self.message = message
        self.status = status
        """The HTTP status."""
        self.members = members
        """Further members of the error's shape."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """Input: a client calls an operation; exactly one `ApiAnswer` follows, at once or later."""

    call_id: int
    service: str
    """The signing name: events, sqs, lambda, scheduler."""
    operation: str
    parameters: JsonObject
    """As boto3 takes them; blobs are bytes, timestamps are seconds since the epoch."""
    trace_header: str | None = None
    """The request's X-Amzn-Trace-Id."""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """Input: the client of a call that was not answered has gone."""

    call_id: int


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """The result of an invocation."""

    payload: bytes
    """The handler's response, or AWS's error object."""
    function_error: str | None = None
    """`Unhandled` if the function failed."""
    log_tail: bytes = b""
    """The last 4 KB of its log."""
    executed_version: str = ""
    """Known to the core alone."""


@dataclass(frozen=True, slots=True)
class InvocationEnded:
    """Input: a worker has finished an invocation, timed out or died."""

    invocation_id: str
    result: InvocationResult


@dataclass(frozen=True, slots=True)
class RentedAnswered:
    """Input: the emulator has answered a `RentedCall`."""

    request_id: str
    response: "JsonObject | ApiError"


@dataclass(frozen=True, slots=True)
class EventArrived:
    """Input: a whole event of a service that is rented."""

    bus: str
    text: str


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Input: nothing but time; what is due happens."""


Input = ApiCall | CallEnded | EventArrived | InvocationEnded | RentedAnswered | TimePassed


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """Output: the response to a call."""

    call_id: int
    response: "JsonObject | ApiError"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A request to run a function."""

    function_arn: str
    payload: bytes
    trace_header: str | None = None
    request_id: str | None = None
    """Given for a retry; otherwise a new one is made."""


@dataclass(frozen=True, slots=True)
class StartInvocation:
    """Output: run a function once; exactly one `InvocationEnded` with this id follows."""

    invocation_id: str
    """Names this attempt; a retry has another."""
    request_id: str
    """`aws_request_id`; a retry has the same."""
    function_arn: str
    """As it was invoked: with alias or version if these were named."""
    revision: str
    """Key of the code and configuration to run, known from `FunctionPublished`."""
    payload: bytes
    trace_header: str | None
    client_context: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionPublished:
    """Output: code and configuration that may be run from now on."""

    revision: str
    configuration: Mapping[str, Any]
    """Members of Lambda's FunctionConfiguration, environment and layers included."""
    code: "FunctionCode"


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """Where a package lies: a zip by value, or an object in S3."""

    zip_file: bytes | None = None
    bucket: str | None = None
    key: str | None = None
    layers: tuple["FunctionCode", ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionRetired:
    """Output: this revision is no longer run; its idle workers end."""

    revision: str


@dataclass(frozen=True, slots=True)
class RentedCall:
    """Output: call a service of the emulator; exactly one `RentedAnswered` follows."""

    request_id: str
    service: str
    operation: str
    parameters: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """Output: something that was given up, which AWS would count as a metric only."""

    text: str


Output = ApiAnswer | StartInvocation | FunctionPublished | FunctionRetired | RentedCall | Notice
