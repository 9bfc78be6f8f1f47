"""Tests how the clients place orders, against a small server of their own."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from trunklab import effects
from trunklab.demo.answers import Kind
from trunklab.demo.orders_file import OrderLine
from trunklab.demo.placing import CLIENTS, Placing

ORDERS = tuple(OrderLine(number, b"%d" % number) for number in range(1, 21))


class Api(ThreadingHTTPServer):
    """Accepts every order, but hangs up on those it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.hang_up_on: set[bytes] = set()
        self.at_once = threading.Barrier(CLIENTS)
        self.crowd: set[bytes] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append(body)
        if body in self.server.hang_up_on:
            self.close_connection = True
            return
        if body in self.server.crowd:
            self.server.at_once.wait(10)
        answer = b'{"order_id": "order-%s"}' % body
        self.send_response(202)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[Api]:
    """Serve until the test is over."""
    with Api() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_order_is_placed_once(api: Api) -> None:
    """However many clients share the work."""
    with Placing(api.url, ORDERS) as placing:
        placing.first_is_done()
        _wait(placing)

    assert sorted(answer.line for answer in placing.answers) == list(range(1, 21))
    assert {answer.order_id for answer in placing.answers} == {f"order-{n}" for n in range(1, 21)}
    assert sorted(api.bodies, key=int) == [order.body for order in ORDERS]


def test_an_order_without_an_answer_is_not_sent_again(api: Api) -> None:
    """It may have been accepted: a second POST could be a second order."""
    api.hang_up_on = {b"3"}

    with Placing(api.url, ORDERS) as placing:
        placing.first_is_done()
        _wait(placing)

    (failed,) = [answer for answer in placing.answers if answer.kind is Kind.FAILED]
    assert failed.line == 3
    assert "no answer" in failed.problems[0]
    assert api.bodies.count(b"3") == 1


def test_the_first_order_goes_alone_and_the_others_at_the_same_time(api: Api) -> None:
    """Only when it is done do all clients work; the barrier opens for all of them together."""
    api.crowd = {b"%d" % number for number in range(2, 2 + CLIENTS)}

    with Placing(api.url, ORDERS[: 1 + CLIENTS]) as placing:
        give_up_s = effects.monotonic() + 20
        while not placing.answers:
            assert effects.monotonic() < give_up_s
        before = list(api.bodies)
        placing.first_is_done()
        _wait(placing)

    assert before == [b"1"]
    assert len(placing.answers) == 1 + CLIENTS


def test_leaving_the_block_ends_the_clients(api: Api) -> None:
    """Ctrl-C must not wait for the rest of the file."""
    with Placing(api.url, ORDERS) as placing:
        pass

    assert placing.is_done
    assert len(placing.answers) < len(ORDERS)


def _wait(placing: Placing) -> None:
    give_up_s = effects.monotonic() + 20
    while not placing.is_done:
        assert effects.monotonic() < give_up_s
