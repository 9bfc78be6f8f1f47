"""Places orders through the HTTP API, several clients at the same time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Event
from types import TracebackType
from typing import Final, Self

import urllib3

from shop.answers import Answer, Kind, unanswered, understand
from shop.orders_file import OrderLine
from trunklab import effects

CLIENTS: Final = 4
"""Clients that place orders at the same time: enough to keep a laptop busy, not to drown it."""

ALONE_S_MAX: Final = 10.0
"""Seconds after which the others follow, even if the first order is not done."""

PAUSES_S: Final = (0.2, 1.0, 3.0)
"""Seconds before an order without a final answer is sent again; after the last it has failed."""

_TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=30.0)


class Placing:
    """The clients at work; they stop when the block is left, whatever the reason.

    The first accepted order goes alone until it is done: each function starts cold once for it,
    where a crowd would start many of each at the same moment and wait for all of them.
    """

    def __init__(
        self, api_url: str, orders: Sequence[OrderLine], pauses_s: Sequence[float] = PAUSES_S
    ) -> None:
        self.answers: list[Answer] = []
        self.began_at: datetime = effects.now()
        self._url = f"{api_url.rstrip('/')}/orders"
        self._orders: Iterator[OrderLine] = iter(orders)
        self._pauses_s = pauses_s
        self._stop = Event()
        self._first_done = Event()
        self._http = urllib3.PoolManager(maxsize=CLIENTS, retries=False, timeout=_TIMEOUT)
        self._threads = ThreadPoolExecutor(CLIENTS, thread_name_prefix="client")
        self._clients: list[Future[None]] = []

    def __enter__(self) -> Self:
        self.began_at = effects.now()
        others = range(CLIENTS - 1)
        self._clients = [
            self._threads.submit(self._lead),
            *(self._threads.submit(self._join_in) for _ in others),
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._first_done.set()
        self._threads.shutdown()
        self._http.clear()

    @property
    def is_done(self) -> bool:
        """Whether every order has been answered; raises what ended a client early."""
        finished = [client for client in self._clients if client.done()]
        for client in finished:
            client.result()
        return len(finished) == len(self._clients)

    def first_is_done(self) -> None:
        """Tell the clients that an order has reached its end."""
        self._first_done.set()

    def _lead(self) -> None:
        for order in self._orders:
            self.answers.append(self._place(order))
            if self._stop.is_set() or self.answers[-1].kind is Kind.ACCEPTED:
                break
        self._first_done.wait(ALONE_S_MAX)
        self._first_done.set()
        self._join_in()

    def _join_in(self) -> None:
        self._first_done.wait()
        # All clients draw from one iterator; the interpreter makes each step atomic.
        for order in self._orders:
            if self._stop.is_set():
                return
            self.answers.append(self._place(order))

    def _place(self, order: OrderLine) -> Answer:
        # With a key of its own an order may be sent again: however often it arrives, it is one.
        key = effects.random_hex(32)
        answer = self._send(order, key)
        for pause_s in self._pauses_s:
            if answer.kind is not Kind.FAILED or self._stop.wait(pause_s):
                break
            answer = self._send(order, key)
        return answer

    def _send(self, order: OrderLine, key: str) -> Answer:
        try:
            response = self._http.request(
                "POST",
                self._url,
                body=order.body,
                headers={"content-type": "application/json", "idempotency-key": f'"{key}"'},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            return unanswered(order.number, str(error))
        return understand(order.number, response.status, response.data)
