"""A provider outside AWS that charges customers: what it is asked, and what it then did."""

import contextlib
import http
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

from tests.integration.trunkline import settings

_ANSWER_S: Final = 30.0
"""Seconds a caller waits for an answer."""

_ARRIVAL_S: Final = 60.0
"""Seconds until a request that does not come is given up; none should come near."""


@dataclass(frozen=True)
class Request:
    """One request as it came over HTTP."""

    key: str
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What the caller gets; None in its place cuts the line."""

    status: int
    body: Any


Effect = Callable[[], Answer]
Step = Callable[[Effect], Answer | None]
"""What becomes of a request."""


def taken(effect: Effect) -> Answer:
    """The customer is charged."""
    return effect()


def answer_lost(effect: Effect) -> None:
    """The customer is charged, and nobody is told."""
    effect()


def refused(status: int) -> Step:
    """The customer is not charged."""
    return lambda _effect: Answer(status, {})


def death_before(pid: Callable[[], int]) -> Step:
    """The caller dies before the request has any effect."""
    return lambda _effect: os.kill(pid(), signal.SIGKILL)


def death_after(pid: Callable[[], int]) -> Step:
    """The customer is charged, and the caller dies before it hears of it."""

    def kill(effect: Effect) -> None:
        effect()
        os.kill(pid(), signal.SIGKILL)

    return kill


class ProviderError(Exception):
    """The provider did not do what it was asked for, or did not say so."""


def charge(amount: int, key: str) -> dict[str, Any]:
    """Charges a customer, from within a function."""
    url = urlsplit(settings.provider_url())
    connection = http.client.HTTPConnection(url.netloc, timeout=_ANSWER_S)
    with contextlib.closing(connection):
        try:
            headers = {"Idempotency-Key": key}
            connection.request("POST", url.path, json.dumps({"amount": amount}), headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise ProviderError("no answer") from error
        charged: dict[str, Any] = json.loads(answer.read())
        if answer.status != http.HTTPStatus.CREATED:
            raise ProviderError(f"it answered {answer.status}")
        return charged


class Provider:
    """An HTTP server; unless `honours_keys`, it has an effect for every request."""

    def __init__(self) -> None:
        self.honours_keys = True
        self.requests: list[Request] = []
        self.charged: list[str] = []
        """The key of every effect it had."""
        self.let_go = threading.Event()
        self._arrived = threading.Event()
        self._steps: list[Step] = []
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/charges?tenant=tests"

    @property
    def keys(self) -> list[str]:
        """The key of every request."""
        return [request.key for request in self.requests]

    def script(self, *steps: Step) -> None:
        """Does this to the next requests, in order, and takes later ones."""
        self._steps = list(steps)

    def held(self, effect: Effect) -> Answer:
        """The request waits until the test lets it go; then the customer is charged."""
        self._arrived.set()
        self.let_go.wait()
        return effect()

    def wait(self) -> None:
        """Until a request is held."""
        if not self._arrived.wait(_ARRIVAL_S):
            raise TimeoutError("no request came")
        self._arrived.clear()

    @contextlib.contextmanager
    def open(self) -> Iterator["Provider"]:
        """Serves; at the end nothing of it is left."""
        serving = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield self
        finally:
            self.let_go.set()
            self._server.shutdown()
            serving.join()
            self._server.server_close()

    def _take(self, request: Request) -> Answer | None:
        with self._lock:
            self.requests.append(request)
            step = self._steps.pop(0) if self._steps else taken
        return step(lambda: self._charge(request.key))

    def _charge(self, key: str) -> Answer:
        with self._lock:
            if not self.honours_keys or key not in self._answers:
                self.charged.append(key)
                self._answers[key] = Answer(201, {"id": f"ch-{len(self.charged)}"})
            return self._answers[key]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Everything that is asked for."""
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {"path": self.path, **self.headers}
                request = Request(self.headers["Idempotency-Key"], sent, headers)
                answer = provider._take(request)  # the handler is the provider's own
                if answer is None:
                    return
                body = json.dumps(answer.body).encode()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may be dead
                    self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                """The requests are kept, not printed."""

        return Handler
