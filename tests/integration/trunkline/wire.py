"""A wire between a function and AWS: it passes calls on, and does to some what a test asks for."""

import contextlib
import http.client
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

_CALL_S: Final = 30.0
"""Seconds a call may take on the far side."""


@dataclass(frozen=True)
class Call:
    """One call of an AWS operation."""

    operation: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the caller gets; None in its place cuts the line."""

    status: int
    body: bytes


Forward = Callable[[], Reply]
Step = Callable[[Call, Forward], Reply | None]
"""What becomes of a call."""


def passed_on(_call: Call, forward: Forward) -> Reply:
    """AWS answers."""
    return forward()


def lost(_call: Call, _forward: Forward) -> None:
    """The call never arrives."""


def answer_lost(_call: Call, forward: Forward) -> None:
    """AWS does it, and its answer never arrives."""
    forward()


def answered(body: Any, status: int = 200) -> Step:
    """This comes in place of AWS's answer."""
    return lambda _call, _forward: Reply(status, json.dumps(body).encode())


def refused(code: str, status: int = 400, **more: Any) -> Step:
    """AWS refuses."""
    return answered({"__type": f"com.amazonaws#{code}", "message": "refused", **more}, status)


def cancelled(*codes: str) -> Step:
    """A transaction is cancelled for these reasons, one for each of its actions."""
    reasons = [{"Code": code} for code in codes]
    return refused("TransactionCanceledException", CancellationReasons=reasons)


def nothing_processed(call: Call, _forward: Forward) -> Reply:
    """BatchWriteItem leaves everything to another call."""
    return Reply(200, json.dumps({"UnprocessedItems": call.body["RequestItems"]}).encode())


def entries_refused(*indexes: int, code: str = "InternalFailure") -> Step:
    """PutEvents passes the other entries on and refuses those; answers in the entries' order."""

    def refuse(call: Call, _forward: Forward) -> Reply:
        entries = [
            {"ErrorCode": code, "ErrorMessage": "no"}
            if index in indexes
            else {"EventId": f"id-{n}"}
            for index, n in enumerate(map(_number, call.body["Entries"]))
        ]
        answer = {"FailedEntryCount": len(indexes), "Entries": entries}
        return Reply(200, json.dumps(answer).encode())

    return refuse


def _number(entry: dict[str, str]) -> int:
    total: int = json.loads(entry["Detail"])["data"]["total"]
    return total


def death_of(pid: Callable[[], int]) -> Step:
    """The caller dies while it waits: nothing of it runs any more."""

    def kill(_call: Call, _forward: Forward) -> None:
        os.kill(pid(), signal.SIGKILL)

    return kill


class Wire:
    """A server that functions take for AWS."""

    def __init__(self, far_end: str) -> None:
        self.calls: list[Call] = []
        self._far_end = urlsplit(far_end).netloc
        self._scripts: dict[str, list[Step]] = {}
        self._always: dict[str, Step] = {}
        self._lock = threading.Lock()
        self._let_go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def script(self, operation: str, *steps: Step) -> None:
        """Does this to the next calls of the operation, in order, and passes later ones on."""
        self._scripts[operation] = list(steps)

    def always(self, operation: str, step: Step) -> None:
        """Does this to all calls of the operation that no script speaks of."""
        self._always[operation] = step

    def hung(self, _call: Call, _forward: Forward) -> None:
        """Nobody answers, until the test is over."""
        self._let_go.wait()

    def seen(self, operation: str) -> list[dict[str, Any]]:
        """What the calls of the operation said."""
        return [call.body for call in self.calls if call.operation == operation]

    @contextlib.contextmanager
    def open(self) -> Iterator["Wire"]:
        """Serves; at the end nothing of it is left."""
        serving = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield self
        finally:
            self._let_go.set()
            self._server.shutdown()
            serving.join()
            self._server.server_close()

    def _take(self, call: Call, forward: Forward) -> Reply | None:
        with self._lock:
            self.calls.append(call)
            script = self._scripts.get(call.operation)
            step = script.pop(0) if script else self._always.get(call.operation, passed_on)
        return step(call, forward)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        wire = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else each answer waits 40 ms for the one before

            def do_POST(self) -> None:
                """Every AWS call of the runtime is one."""
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                headers = dict(self.headers.items())
                reply = wire._take(  # the handler is the wire's own
                    Call(operation, json.loads(sent)),
                    lambda: wire._forward(sent, headers),
                )
                if reply is None:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_arguments: Any) -> None:
                """The calls are kept, not printed."""

        return Handler

    def _forward(self, sent: bytes, headers: dict[str, str]) -> Reply:
        connection = http.client.HTTPConnection(self._far_end, timeout=_CALL_S)
        with contextlib.closing(connection):
            connection.request("POST", "/", sent, headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read())
