"""Tests of the gateway client: its requests, and how it interprets responses."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from notifications import gateway
from trunkline import ConfigurationError, PermanentError, RetryableError

MESSAGE = gateway.Message("customer-1", "Zahlung für Bestellung 7 wurde abgelehnt. 😀")


class Gateway:
    """An HTTP server that responds to every message with one status."""

    def __init__(self, status: int, **headers: str) -> None:
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[Any] = []
        self._status = status
        self._more = headers
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway_ = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Stores the request and responds with the status."""
                gateway_.paths.append(self.path)
                gateway_.headers.append(dict(self.headers.items()))
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gateway_.bodies.append(json.loads(body))
                self.send_response(gateway_._status)  # the handler is the gateway's own
                for name, value in gateway_._more.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Prints nothing."""

        return Handler


@contextmanager
def answering(status: int, **headers: str) -> Iterator[Gateway]:
    """Runs the gateway until the end of the test."""
    one = Gateway(status, **headers)
    thread = threading.Thread(target=one.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield one
    finally:
        one.server.shutdown()
        thread.join()
        one.server.server_close()


def test_the_gateway_gets_the_message_and_its_key() -> None:
    """The request contains only the customer's id, the text and the idempotency key."""
    with answering(202) as one:
        gateway.send(MESSAGE, f"{one.url}/v1/messages?tenant=shop", "key-1")

    assert one.bodies == [{"customer_id": MESSAGE.customer_id, "text": MESSAGE.text}]
    assert one.paths == ["/v1/messages?tenant=shop"]
    assert one.headers[0]["Idempotency-Key"] == "key-1"
    assert one.headers[0]["Content-Type"] == "application/json"


def test_a_url_without_a_path_means_the_root() -> None:
    """HTTP has no empty path."""
    with answering(202) as one:
        gateway.send(MESSAGE, one.url, "key-1")

    assert one.paths == ["/"]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_one(status: int) -> None:
    """The gateway has the message."""
    with answering(status) as one:
        gateway.send(MESSAGE, one.url, "key-1")

    assert len(one.bodies) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 415, 422, 451])
def test_a_message_that_is_refused_permanently_is_dead_lettered(status: int) -> None:
    """The reason contains the status, and nothing of the message."""
    with answering(status) as one, pytest.raises(PermanentError, match=str(status)) as refused:
        gateway.send(MESSAGE, one.url, "key-1")

    assert MESSAGE.customer_id not in refused.value.reason
    assert MESSAGE.text not in refused.value.reason


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_a_refusal_that_may_end_is_tried_again(status: int) -> None:
    """Includes 409, which a gateway returns while it processes the same key."""
    with answering(status) as one, pytest.raises(RetryableError, match=str(status)):
        gateway.send(MESSAGE, one.url, "key-1")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(status: int) -> None:
    """A customer's id is sent only to the URL in the template."""
    with answering(202) as elsewhere, answering(status, Location=elsewhere.url) as one:
        with pytest.raises(RetryableError, match=str(status)):
            gateway.send(MESSAGE, one.url, "key-1")

        assert elsewhere.bodies == []


def test_a_gateway_that_is_not_there_is_tried_again() -> None:
    """The port is closed."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"

        with pytest.raises(RetryableError, match="did not respond"):
            gateway.send(MESSAGE, url, "key-1")


@pytest.mark.parametrize("said", [b"", b"what?\r\n\r\n", b"HTTP/1.1 two\r\n\r\n"])
def test_a_gateway_that_talks_nonsense_is_tried_again(said: bytes) -> None:
    """It is unknown whether the gateway has the message: the retry uses the same key."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(said)

        talking = threading.Thread(target=talk)
        talking.start()
        with pytest.raises(RetryableError, match="did not respond"):
            gateway.send(MESSAGE, url, "key-1")
        talking.join()


def test_a_gateway_that_is_silent_is_waited_for_less_than_the_function_may_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It accepts the connection and never responds; the timeout is short for this test."""
    assert gateway.TIMEOUT_S <= 5
    monkeypatch.setattr(gateway, "TIMEOUT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        with pytest.raises(RetryableError, match="TimeoutError"):
            gateway.send(MESSAGE, url, "key-1")


@pytest.mark.parametrize(
    "url",
    [
        "gateway.example.com",
        "ftp://gateway.example.com",
        "https://",
        "http:///messages",
        "http://[::1",
        "http://gateway.example.com:0",
        "http://gateway.example.com:99999",
        "http://gateway.example.com:port",
        "http://user:hunter2@gateway.example.com",
        "http://gateway.example.com/a b",
        "http://gateway.example.com/a\r\nX-Evil: 1",
        "http://gateway.example.com/ü",
    ],
)
def test_a_url_that_is_none_is_a_fault_of_the_configuration(url: str) -> None:
    """The error says where to fix the URL without printing it: it may contain a secret."""
    with pytest.raises(ConfigurationError, match="MESSAGE_GATEWAY_URL") as wrong:
        gateway.send(MESSAGE, url, "key-1")

    assert "hunter2" not in str(wrong.value)


def test_a_gateway_that_speaks_no_tls_gets_nothing_over_https() -> None:
    """An https URL never gets plain text."""
    with answering(202) as one:
        with pytest.raises(RetryableError, match="SSL"):
            gateway.send(MESSAGE, one.url.replace("http", "https"), "key-1")

        assert one.bodies == []
