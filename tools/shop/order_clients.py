"""HTTP clients that place orders at the same time, and the responses they get."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from threading import Event
from typing import Any, Final, Self

import urllib3

from shop.orders_file import OrderLine
from trunklab import effects

CLIENTS: Final = 4
"""Clients that place orders at the same time: they keep a laptop busy without overloading it."""

ALONE_S_MAX: Final = 10.0
"""Seconds after which the other clients start, even if the first order is not done."""

PAUSES_S: Final = (0.2, 1.0, 3.0)
"""Seconds before an order without a final response is sent again; after the last it has failed."""

_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=30.0)

_BODY_CHARACTERS_MAX: Final = 200
"""Characters shown of a response that is not understood."""

_FINAL: Final = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
_TRY_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class ResponseKind(StrEnum):
    """Kinds of responses to an order."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class OrderResponse:
    """The response to the order of a line; `problems` are the reasons why it was not accepted."""

    line: int
    kind: ResponseKind
    order_id: str | None = None
    problems: tuple[str, ...] = ()


def order_response(line: int, status: int, body: bytes) -> OrderResponse:
    """Returns what an HTTP response means for the order of that line."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    document: dict[str, Any] = content if isinstance(content, dict) else {}
    if status == HTTPStatus.ACCEPTED:
        order_id = document.get("order_id")
        if isinstance(order_id, str) and order_id:
            return OrderResponse(line, ResponseKind.ACCEPTED, order_id)
        reason = "response 202 without an order id"
        return OrderResponse(line, ResponseKind.FAILED, problems=(reason,))
    faults = document.get("faults")
    problems = tuple(
        f"{fault.get('field')}: {fault.get('problem')}"
        for fault in (faults if isinstance(faults, list) else ())
        if isinstance(fault, dict)
    )
    text = body[:_BODY_CHARACTERS_MAX].decode(errors="replace").strip()
    is_final = status in _FINAL and status not in _TRY_LATER
    return OrderResponse(
        line,
        ResponseKind.REFUSED if is_final else ResponseKind.FAILED,
        problems=problems or (f"response {status}: {text}".removesuffix(": "),),
    )


class OrderClients:
    """The clients at work; they stop when the block is left.

    Until the first accepted order is done, no other is placed: each function starts cold once,
    not several times at the same moment.
    """

    def __init__(
        self, api_url: str, orders: Sequence[OrderLine], pauses_s: Sequence[float] = PAUSES_S
    ) -> None:
        self.responses: list[OrderResponse] = []
        self.began_at: datetime = effects.now()
        self._url = f"{api_url.rstrip('/')}/orders"
        self._orders: Iterator[OrderLine] = iter(orders)
        self._pauses_s = pauses_s
        self._stop = Event()
        self._first_done = Event()
        self._http = urllib3.PoolManager(maxsize=CLIENTS, retries=False, timeout=_TIMEOUT)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="orders")
        self._placing: Future[None] = Future()

    def __enter__(self) -> Self:
        self.began_at = effects.now()
        self._placing = self._thread.submit(self._place_all)
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._first_done.set()
        self._thread.shutdown()
        self._http.clear()

    @property
    def is_done(self) -> bool:
        """True if every order has a response; raises the error of a client that failed."""
        return self._placing.done() and self._placing.result() is None

    def first_is_done(self) -> None:
        """Lets all clients place orders."""
        self._first_done.set()

    def _place_all(self) -> None:
        for order in self._orders:
            self._place(order)
            if self._stop.is_set() or self.responses[-1].kind is ResponseKind.ACCEPTED:
                break
        self._first_done.wait(ALONE_S_MAX)
        with ThreadPoolExecutor(CLIENTS, thread_name_prefix="client") as clients:
            list(clients.map(self._place, self._orders))  # raises the error of a client

    def _place(self, order: OrderLine) -> None:
        if self._stop.is_set():
            return
        # The idempotency key makes it safe to send the order again.
        key = effects.random_hex(32)
        response = self._send(order, key)
        for pause_s in self._pauses_s:
            if response.kind is not ResponseKind.FAILED or self._stop.wait(pause_s):
                break
            response = self._send(order, key)
        self.responses.append(response)

    def _send(self, order: OrderLine, key: str) -> OrderResponse:
        headers = {"content-type": "application/json", "idempotency-key": f'"{key}"'}
        try:
            response = self._http.request(
                "POST", self._url, body=order.body, headers=headers, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            problems = (f"no response: {error}",)
            return OrderResponse(order.number, ResponseKind.FAILED, problems=problems)
        return order_response(order.number, response.status, response.data)
