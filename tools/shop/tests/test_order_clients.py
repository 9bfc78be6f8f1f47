"""Tests how the clients place orders, against a small server of their own."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shop.order_clients import (
    CLIENTS,
    OrderClients,
    OrderResponse,
    ResponseKind,
    order_response,
)
from shop.orders_file import OrderLine
from trunklab import effects

ORDERS = tuple(OrderLine(number, b"%d" % number) for number in range(1, 21))

NO_PAUSES = (0.0, 0.0, 0.0)

FAULTS = b'{"error": "invalid_order", "faults": [{"field": "lines.0.quantity", "problem": "is 0"}]}'

ANSWERS = [
    (202, b'{"order_id": "o-1", "status": "PLACED"}', ResponseKind.ACCEPTED, ()),
    (202, b"{}", ResponseKind.FAILED, ("response 202 without an order id",)),
    (202, b'{"order_id": 7}', ResponseKind.FAILED, ("response 202 without an order id",)),
    (202, b"", ResponseKind.FAILED, ("response 202 without an order id",)),
    (200, b'{"order_id": "o-1"}', ResponseKind.FAILED, ('response 200: {"order_id": "o-1"}',)),
    (400, FAULTS, ResponseKind.REFUSED, ("lines.0.quantity: is 0",)),
    (400, b"Bad Request", ResponseKind.REFUSED, ("response 400: Bad Request",)),
    (400, b'{"faults": []}', ResponseKind.REFUSED, ('response 400: {"faults": []}',)),
    (400, b'{"faults": "all"}', ResponseKind.REFUSED, ('response 400: {"faults": "all"}',)),
    (413, b"", ResponseKind.REFUSED, ("response 413",)),
    (408, b"", ResponseKind.FAILED, ("response 408",)),
    (429, b"slow down", ResponseKind.FAILED, ("response 429: slow down",)),
    (500, b'{"message": "x"}', ResponseKind.FAILED, ('response 500: {"message": "x"}',)),
    (503, b"\xff", ResponseKind.FAILED, ("response 503: \ufffd",)),
    (302, b"", ResponseKind.FAILED, ("response 302",)),
    (799, b"", ResponseKind.FAILED, ("response 799",)),
]


class Api(ThreadingHTTPServer):
    """Accepts every order, but first hangs up on some or answers them as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.keys: list[str | None] = []
        self.hang_up_on: Counter[bytes] = Counter()
        self.refuse: dict[bytes, list[int]] = {}
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
        self.server.keys.append(self.headers["idempotency-key"])
        if self.server.hang_up_on[body] > 0:
            self.server.hang_up_on[body] -= 1
            self.close_connection = True
            return
        if self.server.refuse.get(body):
            self.send_response(self.server.refuse[body].pop(0))
            self.send_header("content-length", "0")
            self.end_headers()
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
    placing = _place(api, ORDERS)

    assert sorted(answer.line for answer in placing.responses) == list(range(1, 21))
    assert {answer.order_id for answer in placing.responses} == {f"order-{n}" for n in range(1, 21)}
    assert sorted(api.bodies, key=int) == [order.body for order in ORDERS]


def test_every_order_has_a_key_of_its_own(api: Api) -> None:
    """Under one key two orders would be one; in quotes, as the draft of the header asks."""
    _place(api, ORDERS)

    assert len(set(api.keys)) == len(ORDERS)
    assert all(key and len(key) == 34 and key[0] == key[-1] == '"' for key in api.keys)


def test_an_order_without_an_answer_is_sent_again_under_its_key(api: Api) -> None:
    """It may have been accepted: with the key a second POST does not create a second order."""
    api.hang_up_on[b"3"] = 2

    placing = _place(api, ORDERS)

    keys = [key for body, key in zip(api.bodies, api.keys, strict=True) if body == b"3"]
    assert {answer.kind for answer in placing.responses} == {ResponseKind.ACCEPTED}
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert len(api.bodies) == len(ORDERS) + 2


def test_an_order_that_is_never_answered_has_failed(api: Api) -> None:
    """The client gives up some time; whether the order is there, is not known."""
    api.hang_up_on[b"3"] = 99

    placing = _place(api, ORDERS)

    (failed,) = [answer for answer in placing.responses if answer.kind is ResponseKind.FAILED]
    assert failed.line == 3
    assert "no response" in failed.problems[0]
    assert api.bodies.count(b"3") == 1 + len(NO_PAUSES)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(api: Api, status: int) -> None:
    """A server's failure is not a response to the order."""
    api.refuse[b"3"] = [status]

    placing = _place(api, ORDERS)

    assert {answer.kind for answer in placing.responses} == {ResponseKind.ACCEPTED}
    assert api.bodies.count(b"3") == 2


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_refusal_is_final(api: Api, status: int) -> None:
    """The same order would be refused again."""
    api.refuse[b"3"] = [status]

    placing = _place(api, ORDERS)

    (refused,) = [answer for answer in placing.responses if answer.kind is ResponseKind.REFUSED]
    assert refused.line == 3
    assert api.bodies.count(b"3") == 1


def test_leaving_the_block_ends_a_pause(api: Api) -> None:
    """Ctrl-C must not wait for the next attempt."""
    api.hang_up_on[b"1"] = 99
    with OrderClients(api.url, ORDERS, pauses_s=(3_600.0,)) as placing:
        give_up_s = effects.monotonic() + 20
        while not api.bodies:
            assert effects.monotonic() < give_up_s

    assert placing.is_done
    assert api.bodies == [b"1"]


def test_the_first_order_goes_alone_and_the_others_at_the_same_time(api: Api) -> None:
    """Only when it is done do all clients work; the barrier opens for all of them together."""
    api.crowd = {b"%d" % number for number in range(2, 2 + CLIENTS)}

    with OrderClients(api.url, ORDERS[: 1 + CLIENTS]) as placing:
        give_up_s = effects.monotonic() + 20
        while not placing.responses:
            assert effects.monotonic() < give_up_s
        before = list(api.bodies)
        placing.first_is_done()
        _wait(placing)

    assert before == [b"1"]
    assert len(placing.responses) == 1 + CLIENTS


def test_leaving_the_block_ends_the_clients(api: Api) -> None:
    """Ctrl-C must not wait for the rest of the file."""
    with OrderClients(api.url, ORDERS) as placing:
        pass

    assert placing.is_done
    assert len(placing.responses) < len(ORDERS)


@pytest.mark.parametrize(("status", "body", "kind", "problems"), ANSWERS)
def test_only_a_202_with_an_id_accepts_an_order(
    status: int, body: bytes, kind: ResponseKind, problems: tuple[str, ...]
) -> None:
    """A refusal is final; what may be the server's trouble is a failure."""
    order_id = "o-1" if kind is ResponseKind.ACCEPTED else None

    assert order_response(3, status, body) == OrderResponse(3, kind, order_id, problems)


def _place(api: Api, orders: tuple[OrderLine, ...]) -> OrderClients:
    with OrderClients(api.url, orders, NO_PAUSES) as placing:
        placing.first_is_done()
        _wait(placing)
    return placing


def _wait(placing: OrderClients) -> None:
    give_up_s = effects.monotonic() + 20
    while not placing.is_done:
        assert effects.monotonic() < give_up_s
