"""AWS calls with the standard library: boto3 would take most of a cold start and of each call.

DynamoDB, EventBridge and SQS use one protocol: JSON posted to the root of the service, the
operation in a header, an error's code in the body (`__type`).
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from select import POLLIN, poll
from ssl import SSLContext, create_default_context
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from zlib import crc32

from trunkline.effects import Effects
from trunkline.settings import AwsPlace, ca_bundle
from trunkline.sigv4 import Signer

_PROTOCOLS: Final[Mapping[str, tuple[str, str]]] = {
    "dynamodb": ("DynamoDB_20120810", "application/x-amz-json-1.0"),
    "events": ("AWSEvents", "application/x-amz-json-1.1"),
    "sqs": ("AmazonSQS", "application/x-amz-json-1.0"),
}
"""Prefix of the operation in X-Amz-Target, and the content type (botocore's models)."""

THROTTLES: Final = frozenset(
    {
        *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled"),
        *("ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException"),
    }
)
"""AWS's codes for throttling (botocore's list, as far as these services use it)."""

_PASSING: Final = frozenset(
    {"TransactionInProgressException", "RequestTimeout", "RequestTimeoutException"}
)
"""AWS's codes for a call that is already in progress, or whose body arrived too slowly."""

_MAY_SAY_NOTHING: Final = frozenset({"sqs"})
"""Services with operations whose response has no body."""

_TOKENED: Final = frozenset({"TransactWriteItems"})
"""Calls with a client token: a call repeated after a lost response takes effect once."""

_TOKEN_DIGITS: Final = 32


class AwsError(Exception):
    """An AWS call failed; `code` is the error code.

    The text never quotes AWS's message, which may contain request data.
    """

    def __init__(self, code: str, operation: str, said: str) -> None:
        self.code = code
        self.operation = operation
        super().__init__(said)


class AwsRefusedError(AwsError):
    """AWS returned an error: its code, and the response, which may contain an item."""

    def __init__(self, code: str, operation: str, status: int, answer: Mapping[str, Any]) -> None:
        self.status = status
        self.answer = answer
        super().__init__(code, operation, f"{operation} failed with {code}")

    @property
    def message(self) -> str:
        """AWS's message. Never log it: it may quote request data."""
        return str(self.answer.get("message") or self.answer.get("Message") or "")

    @property
    def is_throttle(self) -> bool:
        """True if AWS throttled the call."""
        return self.code in THROTTLES or self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def may_pass(self) -> bool:
        """True if the same call may succeed later."""
        passing = self.is_throttle or self.code in _PASSING
        return passing or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class AwsUnreachableError(AwsError):
    """No response from AWS: the call may have taken effect. `code` is the type of the failure."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(code, operation, f"{operation} got no response: {code}")


@dataclass(frozen=True)
class Reply:
    """AWS's response, its request id, and the number of retries before it."""

    answer: dict[str, Any]
    request_id: str
    retries: int


class SeenCall(Protocol):
    """A call that is being watched."""

    def answered(self, reply: Reply) -> None:
        """Records the response."""

    def failed(self, error: AwsError) -> None:
        """Records the failure after all attempts."""


class Watcher(Protocol):
    """An observer of a client's calls, such as a tracer."""

    def begins(self, operation: str, request: Mapping[str, Any]) -> SeenCall | None:
        """Starts to watch a call before it is sent; returns None to ignore it."""


@dataclass(frozen=True)
class Patience:
    """Timeouts of one call in seconds, and its maximum number of attempts."""

    connect_s: float
    read_s: float
    attempts: int


class AwsClient:
    """A client of one service, with boto3's method names: `client.put_events(Entries=[…])`.

    Threads may share it. Every call raises AwsError if all attempts fail.
    """

    def __init__(
        self,
        service: str,
        place: AwsPlace,
        patience: Patience,
        effects: Effects,
        watcher: Watcher | None = None,
    ) -> None:
        self._target, self._content_type = _PROTOCOLS[service]
        self._signer = Signer(place.credentials, place.region, service)
        self._patience = patience
        self._effects = effects
        self._watcher = watcher
        self._may_say_nothing = service in _MAY_SAY_NOTHING
        endpoint = urlsplit(place.endpoints[service])
        self._host = endpoint.netloc
        self._connected: Callable[[], HTTPConnection] = partial(
            _connection, endpoint.scheme, endpoint.hostname or "", endpoint.port, patience
        )
        self._idle: list[HTTPConnection] = []

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """Returns the call of that name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(self.call, _operation(name))

    def call(self, operation: str, /, **request: Any) -> dict[str, Any]:
        """Makes one AWS call and returns its response."""
        if operation in _TOKENED:
            token = self._effects.random_hex(_TOKEN_DIGITS)
            request = {"ClientRequestToken": token, **request}
        body = json.dumps(request, separators=(",", ":")).encode()
        seen = self._watcher.begins(operation, request) if self._watcher else None
        if seen is None:
            return self._tried(operation, body).answer
        try:
            reply = self._tried(operation, body)
        except AwsError as error:
            seen.failed(error)
            raise
        seen.answered(reply)
        return reply.answer

    def _tried(self, operation: str, body: bytes) -> Reply:
        for attempt in range(self._patience.attempts):
            try:
                return self._sent(operation, body, attempt)
            except AwsError as error:
                passes = not isinstance(error, AwsRefusedError) or error.may_pass
                if not passes or attempt == self._patience.attempts - 1:
                    raise
            self._effects.sleep_s(self._effects.backoff_s(attempt))
        raise AssertionError("a call needs at least one attempt")

    def _sent(self, operation: str, body: bytes, retries: int) -> Reply:
        headers = {
            "content-type": self._content_type,
            "host": self._host,
            "x-amz-target": f"{self._target}.{operation}",
        }
        headers = self._signer.signed(headers, body, self._effects.now())
        connection = None
        try:
            connection = self._open()
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            if connection is not None:
                connection.close()
            # The cause, such as the freeze between two invocations, has broken all of them.
            self.close()
            raise AwsUnreachableError(operation, type(error).__name__) from error
        self._idle.append(connection)
        if not content and self._may_say_nothing:
            content = b"{}"
        answer = _answer(operation, response, content)
        return Reply(answer, response.headers.get("x-amzn-requestid", ""), retries)

    def close(self) -> None:
        """Closes the idle connections; the next call opens a new one."""
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                self._idle.pop().close()

    def _open(self) -> HTTPConnection:
        """Returns an idle connection, else a new one."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if connection.sock is not None and not _is_dropped(connection):
                return connection
            connection.close()
        return self._connected()


def _answer(operation: str, response: HTTPResponse, content: bytes) -> dict[str, Any]:
    if (checksum := response.headers.get("x-amz-crc32")) and int(checksum) != crc32(content):
        raise AwsUnreachableError(operation, "ChecksumMismatch")
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if response.status == HTTPStatus.OK:
        if not isinstance(answer, dict):
            # This response is not from AWS, so it is unknown whether the call took effect.
            raise AwsUnreachableError(operation, "NotJson")
        return answer
    answer = answer if isinstance(answer, dict) else {}
    # `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`, `…Exception:http://…`
    kind = str(answer.get("__type") or response.headers.get("x-amzn-errortype") or response.status)
    code = kind.partition(":")[0].rpartition("#")[2]
    raise AwsRefusedError(code, operation, response.status, answer)


@cache
def _operation(name: str) -> str:
    """Returns the operation of a method name: `put_events` -> `PutEvents`."""
    return "".join(part.capitalize() for part in name.split("_"))


def _connection(scheme: str, host: str, port: int | None, patience: Patience) -> HTTPConnection:
    connection: HTTPConnection
    if scheme == "https":
        connection = HTTPSConnection(host, port, timeout=patience.connect_s, context=_tls())
    else:
        connection = HTTPConnection(host, port, timeout=patience.connect_s)
    connection.connect()
    connection.sock.settimeout(patience.read_s)
    return connection


@cache
def _tls() -> SSLContext:
    """Returns the shared context: reading the certificates is most of its cost."""
    return create_default_context(cafile=ca_bundle() or None)


def _is_dropped(connection: HTTPConnection) -> bool:
    """True if the server has closed the idle connection: its end can be read."""
    waiting = poll()
    waiting.register(connection.sock, POLLIN)
    return bool(waiting.poll(0))
