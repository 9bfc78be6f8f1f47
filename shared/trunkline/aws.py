"""AWS calls with the standard library alone: boto3 would be most of a cold start and of each call.

DynamoDB, EventBridge and SQS speak one protocol: JSON posted to the root of the service, the
operation named in a header, an error's code in the body (`__type`).
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
"""What stands before the operation in X-Amz-Target, and the content type (botocore's models)."""

THROTTLES: Final = frozenset(
    {
        *("ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled"),
        *("ThrottledException", "Throttling", "ThrottlingException", "TooManyRequestsException"),
    }
)
"""AWS's names for one fact (botocore's list, as far as these services use it)."""

_PASSING: Final = frozenset(
    {"TransactionInProgressException", "RequestTimeout", "RequestTimeoutException"}
)
"""What AWS says of a call that is under way already, or whose body came too slowly."""

_MAY_SAY_NOTHING: Final = frozenset({"sqs"})
"""Services with operations whose answer has no body."""

_TOKENED: Final = frozenset({"TransactWriteItems"})
"""Calls that carry a token, so that one sent twice because its answer was lost counts once."""

_TOKEN_DIGITS: Final = 32


class AwsError(Exception):
    """A call of AWS failed; `code` says how in one word.

    The text never quotes AWS's message, which may hold what was sent.
    """

    def __init__(self, code: str, operation: str, said: str) -> None:
        self.code = code
        self.operation = operation
        super().__init__(said)


class AwsRefusedError(AwsError):
    """AWS answered with an error: its code, and the answer, which may hold an item."""

    def __init__(self, code: str, operation: str, status: int, answer: Mapping[str, Any]) -> None:
        self.status = status
        self.answer = answer
        super().__init__(code, operation, f"AWS answered {code} to {operation}")

    @property
    def message(self) -> str:
        """AWS's own words. They may quote what was sent: nothing for a log line."""
        return str(self.answer.get("message") or self.answer.get("Message") or "")

    @property
    def is_throttle(self) -> bool:
        """Whether the call was one too many."""
        return self.code in THROTTLES or self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed later."""
        passing = self.is_throttle or self.code in _PASSING
        return passing or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class AwsUnreachableError(AwsError):
    """AWS gave no answer: the call may have taken effect or not. `code` is what went wrong."""

    def __init__(self, operation: str, code: str) -> None:
        super().__init__(code, operation, f"{operation} got no answer: {code}")


@dataclass(frozen=True)
class Reply:
    """What AWS answered, under which request id, and how often the call was sent again before."""

    answer: dict[str, Any]
    request_id: str
    retries: int


class SeenCall(Protocol):
    """A call that somebody watches."""

    def answered(self, reply: Reply) -> None:
        """It came to its end."""

    def failed(self, error: AwsError) -> None:
        """It failed, after its attempts."""


class Watcher(Protocol):
    """Who wants to see a client's calls, as a tracer does."""

    def begins(self, operation: str, request: Mapping[str, Any]) -> SeenCall | None:
        """A call is about to be sent; None where nobody wants to see this one."""


@dataclass(frozen=True)
class Patience:
    """How long one call waits, in seconds, and how often it is sent at the most."""

    connect_s: float
    read_s: float
    attempts: int


class AwsClient:
    """One service's calls, named as boto3 names them: `client.put_events(Entries=[…])`.

    Threads may share it. Every call raises AwsError, after its attempts.
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
        """The call of that name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(self.call, _operation(name))

    def call(self, operation: str, /, **request: Any) -> dict[str, Any]:
        """One AWS call; answers what AWS answered."""
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
        raise AssertionError("a call has at least one attempt")

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
            # Whatever cut one of them, as the freeze between two invocations, has cut all.
            self.close()
            raise AwsUnreachableError(operation, type(error).__name__) from error
        self._idle.append(connection)
        if not content and self._may_say_nothing:
            content = b"{}"
        answer = _answer(operation, response, content)
        return Reply(answer, response.headers.get("x-amzn-requestid", ""), retries)

    def close(self) -> None:
        """Closes the connections that nobody uses; the next call opens another."""
        while self._idle:
            with suppress(IndexError):  # another thread was faster
                self._idle.pop().close()

    def _open(self) -> HTTPConnection:
        """A connection that nobody uses, else a new one."""
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
            # Whoever said this, it was not AWS: what came of the call is not known.
            raise AwsUnreachableError(operation, "NotJson")
        return answer
    answer = answer if isinstance(answer, dict) else {}
    # `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`, `…Exception:http://…`
    kind = str(answer.get("__type") or response.headers.get("x-amzn-errortype") or response.status)
    code = kind.partition(":")[0].rpartition("#")[2]
    raise AwsRefusedError(code, operation, response.status, answer)


@cache
def _operation(name: str) -> str:
    """`put_events` -> `PutEvents`."""
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
    """One for all: reading the certificates is most of what a context costs."""
    return create_default_context(cafile=ca_bundle() or None)


def _is_dropped(connection: HTTPConnection) -> bool:
    """Whether the other side has closed the idle connection: its end can be read."""
    waiting = poll()
    waiting.register(connection.sock, POLLIN)
    return bool(waiting.poll(0))
