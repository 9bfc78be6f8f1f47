"""A wire between a function and everything else: it passes calls on, or does something to them."""

import contextlib
import http.client
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from trunklab.local.http import peers

_CALL_S: Final = 30.0
"""Seconds a call may take on the far side."""

_SERVE_POLL_S: Final = 0.02
"""Seconds until a wire that is closed stops."""

_OF_THIS_HOP: Final = frozenset({"connection", "host", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True)
class Call:
    """One HTTP call; `body` is its JSON, empty where it has none."""

    operation: str
    """An AWS operation (`PutItem`); of any other call method and path (`POST /messages`)."""
    body: dict[str, Any]
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_aws: bool = True


@dataclass(frozen=True)
class Reply:
    """What the caller gets; None in its place cuts the line."""

    status: int
    body: bytes


Forward = Callable[[], Reply]
Step = Callable[[Call, Forward], Reply | None]
"""What becomes of a call."""

Elsewhere = Callable[[Call], Reply]
"""Answers the calls that are not for AWS."""


def passed_on(_call: Call, forward: Forward) -> Reply:
    """AWS answers."""
    return forward()


def nobody(call: Call) -> Reply:
    """There is nothing but AWS."""
    return Reply(404, json.dumps({"message": f"nobody answers {call.operation}"}).encode())


class Wire:
    """A server on this machine that functions take for AWS, and for whomever else they call."""

    def __init__(self, far_end: str, step: Step = passed_on, elsewhere: Elsewhere = nobody) -> None:
        self.calls: list[Call] = []
        """All calls, in the order they came."""
        self.passed: list[Call] = []
        """Those of them that went on to where they were meant for."""
        self._far_end = urlsplit(far_end).netloc
        self._step = step
        self._elsewhere = elsewhere
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    @contextlib.contextmanager
    def open(self) -> Iterator[Self]:
        """Serves; at the end nothing of it is left."""
        serving = threading.Thread(target=self._server.serve_forever, args=(_SERVE_POLL_S,))
        serving.start()
        try:
            yield self
        finally:
            self.let_go()
            self._server.shutdown()
            serving.join()
            self._server.server_close()

    def let_go(self) -> None:
        """Is called at the end: a wire that holds calls lets go of them."""

    def step_for(self, call: Call) -> Step:
        """What becomes of this call; asked for one call at a time, in the order they come."""
        del call
        return self._step

    def take(self, call: Call, forward: Forward) -> Reply | None:
        """Keeps the call and does to it what is to be done."""
        with self._lock:
            self.calls.append(call)
            step = self.step_for(call)
        return step(call, forward)

    def forward(self, call: Call, method: str, sent: bytes) -> Reply:
        """Makes the call, at AWS or elsewhere."""
        self.passed.append(call)
        if not call.is_aws:
            return self._elsewhere(call)
        headers = {
            name: value for name, value in call.headers.items() if name.lower() not in _OF_THIS_HOP
        }
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
                """Take one call, whatever its method."""
                length = int(self.headers.get("Content-Length") or 0)
                sent = self.rfile.read(length)
                if len(sent) < length:
                    self.close_connection = True  # its caller died in the middle: no call was made
                    return
                call = call_of(self.command, self.path, dict(self.headers.items()), sent)
                reply = wire.take(call, lambda: wire.forward(call, self.command, sent))
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
                """The calls are kept, not printed."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Admits this user only: what is passed on comes from a process of the owner."""
        # Elsewhere the endpoint demands the access key, which is passed on as it came.
        return not _kernel_answers() or peers.is_ours(request.getsockname(), client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that died in the middle of a call is what wires are for: no word of it."""
        if not isinstance(sys.exc_info()[1], ConnectionError | socket.timeout):
            super().handle_error(request, client_address)


@cache
def _kernel_answers() -> bool:
    return peers.kernel_answers()


def call_of(method: str, path: str, headers: Mapping[str, str], sent: bytes) -> Call:
    """Names a call by what it asks for."""
    lowered = {name.lower(): value for name, value in headers.items()}
    target = lowered.get("x-amz-target", "").rpartition(".")[2]
    is_aws = bool(target) or lowered.get("authorization", "").startswith("AWS4-HMAC-SHA256")
    operation = target or (_query_action(sent) if is_aws else "")
    named = operation or f"{method} {path.partition('?')[0]}"
    return Call(named, _json_of(sent), path, dict(headers), is_aws)


def _query_action(sent: bytes) -> str:
    """The operation of AWS's query protocol: `Action=SendMessage&…`."""
    return parse_qs(sent.decode(errors="replace")).get("Action", [""])[0]


def _json_of(sent: bytes) -> dict[str, Any]:
    try:
        body = json.loads(sent)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
