"""An HTTP proxy between a function and AWS or other providers that can change or cut calls."""

import contextlib
import http.client
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from trunklab.local.http import peers

_CALL_S: Final = 30.0
"""Seconds until a forwarded call times out."""

_SERVE_POLL_S: Final = 0.02
"""Seconds until a closed wire stops."""

_OF_THIS_HOP: Final = frozenset({"connection", "host", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True)
class Call:
    """One HTTP call; `body` is its JSON object, or empty."""

    operation: str
    """An AWS operation (`PutItem`), or method and path (`POST /messages`)."""
    body: dict[str, Any]
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""
    is_aws: bool = True


@dataclass(frozen=True)
class Reply:
    """A response; None in its place cuts the connection."""

    status: int
    body: bytes


Forward = Callable[[], Reply]
Step = Callable[[Call, Forward], Reply | None]
"""Handles a call."""

Provider = Callable[[Call], Reply]
"""Answers the calls that are not for AWS."""


def passed_on(_call: Call, forward: Forward) -> Reply:
    """Forwards the call."""
    return forward()


class Wire:
    """A local server that functions use as their AWS endpoint and external provider."""

    def __init__(
        self, far_end: str, step: Step = passed_on, provider: Provider | None = None
    ) -> None:
        self.calls: list[Call] = []
        """All calls, in the order they came."""
        self.passed: list[Call] = []
        """The calls that were forwarded."""
        self._far_end = urlsplit(far_end).netloc
        self.step = step
        self._provider = provider
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    @contextlib.contextmanager
    def open(self) -> Iterator[Self]:
        """Serves, and stops at the end."""
        serving = threading.Thread(target=self._server.serve_forever, args=(_SERVE_POLL_S,))
        serving.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            serving.join()
            self._server.server_close()

    def forward(self, call: Call, method: str, sent: bytes) -> Reply:
        """Makes the call, to AWS or the other provider."""
        self.passed.append(call)
        if not call.is_aws:
            if self._provider is None:
                return Reply(HTTPStatus.NOT_FOUND, b"{}")
            return self._provider(call)
        headers = {name: call.headers[name] for name in call.headers.keys() - _OF_THIS_HOP}
        connection = http.client.HTTPConnection(self._far_end, timeout=_CALL_S)
        with contextlib.closing(connection):
            connection.request(method, call.path, sent, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for the one before

            def answer(self) -> None:
                """Handles one call of any method."""
                length = int(self.headers.get("Content-Length") or 0)
                sent = self.rfile.read(length)
                if len(sent) < length:
                    self.close_connection = True  # its caller died while sending: no call was made
                    return
                call = call_of(self.command, self.path, dict(self.headers.items()), sent)
                wire.calls.append(call)
                reply = wire.step(call, lambda: wire.forward(call, self.command, sent))
                if reply is None:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

            def log_message(self, *_arguments: Any) -> None:
                """Prints nothing: the calls are recorded."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The default of 5 drops connections of a burst, whose clients retry after seconds.
    request_queue_size = 256

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Admits this user only: forwarded calls come from a process of the owner."""
        # On other systems the endpoint demands the access key, which is forwarded unchanged.
        return not _kernel_answers() or peers.is_ours(request.getsockname(), client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignores callers that died during a call, which is expected here."""
        if not isinstance(sys.exc_info()[1], ConnectionError | socket.timeout):
            super().handle_error(request, client_address)


_kernel_answers: Final = cache(peers.kernel_answers)


def call_of(method: str, path: str, headers: Mapping[str, str], sent: bytes) -> Call:
    """Parses a call."""
    headers = {name.lower(): value for name, value in headers.items()}
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    is_aws = bool(target) or headers.get("authorization", "").startswith("AWS4-HMAC-SHA256")
    # AWS's query protocol: Action=SendMessage&...
    form = parse_qs(sent.decode(errors="replace")) if is_aws and not target else {}
    operation = target or form.get("Action", [f"{method} {path.partition('?')[0]}"])[0]
    return Call(operation, _json_of(sent), path, headers, is_aws)


def _json_of(sent: bytes) -> dict[str, Any]:
    try:
        body = json.loads(sent)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


_THROTTLED: Final = "Rate exceeded"
_SHAPES: Final = {
    "DynamoDB_20120810": (
        "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
    ),
    "AmazonSQS": "com.amazonaws.sqs#RequestThrottled",
}
"""Throttling errors by the prefix of X-Amz-Target (botocore's models)."""

_OTHER_SHAPE: Final = "ThrottlingException"
_ACCESS_DENIED: Final = "com.amazon.coral.service#AccessDeniedException"


def throttled(call: Call) -> Reply:
    """Returns the response to a call that was throttled; nothing of the call took effect."""
    if not call.is_aws:
        return Reply(HTTPStatus.TOO_MANY_REQUESTS, b"{}")
    target = _target_of(call)
    if not target:
        return _query_error(HTTPStatus.BAD_REQUEST, "Throttling", _THROTTLED)
    if call.operation in _PARTIAL:
        return _json(HTTPStatus.OK, _PARTIAL[call.operation](call.body))
    if call.operation == "TransactWriteItems":
        return _json(HTTPStatus.BAD_REQUEST, _cancelled(call.body))
    return _error(_SHAPES.get(target, _OTHER_SHAPE), _THROTTLED)


def refused(call: Call) -> Reply:
    """Returns the response to a call that was refused; the same call may succeed later."""
    if not call.is_aws:
        return Reply(HTTPStatus.SERVICE_UNAVAILABLE, b"{}")  # a 4xx would end the event for good
    denied = f"User is not authorized to perform {call.operation}"
    if not _target_of(call):
        return _query_error(HTTPStatus.FORBIDDEN, "AccessDenied", denied)
    return _error(_ACCESS_DENIED, denied)


def _entries_throttled(body: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"ErrorCode": "ThrottlingException", "ErrorMessage": _THROTTLED}
    count = len(body["Entries"])
    return {"FailedEntryCount": count, "Entries": [entry] * count}


_PARTIAL: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "PutEvents": _entries_throttled,
    "BatchWriteItem": lambda body: {"UnprocessedItems": body["RequestItems"]},
    "BatchGetItem": lambda body: {"Responses": {}, "UnprocessedKeys": body["RequestItems"]},
}
"""Operations that answer 200 and name what was throttled (AWS API references)."""


def _cancelled(body: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the error of a throttled transaction (DynamoDB API reference, TransactWriteItems)."""
    reason = {"Code": "ThrottlingError", "Message": _THROTTLED}
    codes = [reason["Code"]] * len(body["TransactItems"])
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific "
        f"reasons [{', '.join(codes)}]",
        "CancellationReasons": [reason] * len(codes),
    }


def _error(shape: str, message: str) -> Reply:
    return _json(HTTPStatus.BAD_REQUEST, {"__type": shape, "message": message})


def _json(status: HTTPStatus, body: Mapping[str, Any]) -> Reply:
    return Reply(status, json.dumps(body).encode())


def _query_error(status: HTTPStatus, code: str, message: str) -> Reply:
    """Returns an error of AWS's query protocol; SDKs of REST-JSON services read its status."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return Reply(status, f"<ErrorResponse>{error}</ErrorResponse>".encode())


def _target_of(call: Call) -> str:
    """Returns the prefix of X-Amz-Target; empty for protocols other than JSON."""
    return call.headers.get("x-amz-target", "").rpartition(".")[0]
