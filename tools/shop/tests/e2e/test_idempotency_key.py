"""Tests that an order is placed once, however often its client sends it with the same key."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import pytest

from shop.tests.e2e.examples import an_order
from shop.tests.e2e.shop import Reply, Shop
from trunklab import effects

Eventually = Callable[[Callable[[], object]], object]

TOGETHER: Final = 8

_OF_THE_ANSWER: Final = frozenset({"content-type", "location"})
"""Headers that the function sets; the others (date, request id) are each answer's own."""


def the_amount() -> int:
    """An amount by which an order can be found in the table."""
    return 10**9 + int(effects.random_hex(7), 16)


def said(reply: Reply) -> tuple[int, Mapping[str, str], Any]:
    """Everything in which a repeated answer must be the first."""
    headers = {name: text for name, text in reply.headers.items() if name in _OF_THE_ANSWER}
    return reply.status, headers, reply.body


def test_a_repeated_order_is_one_order_and_gets_the_first_answer(
    shop: Shop, eventually: Eventually
) -> None:
    """With and without quotes, at once and when it is paid long since."""
    amount_minor = the_amount()
    body, key = json.dumps(an_order(amount_minor=amount_minor)).encode(), effects.random_hex(32)

    first = shop.post(body, key)
    second = shop.post(body, f'"{key}"')
    order_id = first.body["order_id"]
    eventually(lambda: shop.status(order_id) == "DECLINED")
    third = shop.post(body, key)

    assert first.status == 202
    assert said(second) == said(third) == said(first)
    assert len(shop.rows_with_amount("orders", "total", amount_minor)) == 1
    assert shop.status(order_id) == "DECLINED"


def test_an_order_sent_eight_times_at_once_is_one_order(shop: Shop, eventually: Eventually) -> None:
    """One of the functions commits; all answer the same, and one event is handled."""
    amount_minor = the_amount()
    body, key = json.dumps(an_order(amount_minor=amount_minor)).encode(), effects.random_hex(32)

    with ThreadPoolExecutor(TOGETHER) as threads:
        replies = list(threads.map(partial(shop.post, key=key), [body] * TOGETHER))

    (row,) = shop.rows_with_amount("orders", "total", amount_minor)
    order_id = replies[0].body["order_id"]
    assert [said(reply) for reply in replies] == [said(replies[0])] * TOGETHER
    assert replies[0].status == 202
    assert row["pk"]["S"] == f"order#{order_id}"
    eventually(lambda: shop.status(order_id) == "DECLINED")
    assert len(shop.rows("payments", f"payment#{order_id}")) == 1
    assert len(shop.get(order_id).body["history"]) == 2


def test_orders_without_a_key_are_each_their_own(shop: Shop) -> None:
    """Nobody said that the second is the first again."""
    body = json.dumps(an_order()).encode()

    assert shop.post(body).body["order_id"] != shop.post(body).body["order_id"]


def test_another_order_under_a_key_is_refused(shop: Shop) -> None:
    """Valid or not: nothing of it is kept, and the first answer still stands."""
    amount_minor, key = the_amount(), effects.random_hex(32)
    body = json.dumps(an_order()).encode()
    first = shop.post(body, key)

    other = shop.post(json.dumps(an_order(amount_minor=amount_minor)).encode(), key)
    broken = shop.post(b"{}", key)

    assert (other.status, other.body["error"]) == (422, "idempotency_key_reused")
    assert (broken.status, broken.body) == (other.status, other.body)
    assert shop.rows_with_amount("orders", "total", amount_minor) == []
    assert said(shop.post(body, key)) == said(first)


@pytest.mark.parametrize("key", ['""', "k" * 256, '"never ends', '"a", "b"'])
def test_an_order_with_a_malformed_key_is_refused(shop: Shop, key: str) -> None:
    """Placed without its key, a repetition of it would be a second order."""
    amount_minor = the_amount()

    reply = shop.post(json.dumps(an_order(amount_minor=amount_minor)).encode(), key)

    assert (reply.status, reply.body["error"]) == (400, "invalid_idempotency_key")
    assert shop.rows_with_amount("orders", "total", amount_minor) == []


def test_a_corrected_order_may_keep_its_key(shop: Shop) -> None:
    """A response 400 leaves no record, so there is nothing to repeat."""
    key = effects.random_hex(32)
    faulty = shop.post(b"{}", key)

    corrected = shop.post(json.dumps(an_order()).encode(), key)

    assert (faulty.status, corrected.status) == (400, 202)
