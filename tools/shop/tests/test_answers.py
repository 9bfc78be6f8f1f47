"""Tests how HTTP answers to orders are understood."""

import pytest

from shop.answers import Answer, Kind, understand

FAULTS = b'{"error": "invalid_order", "faults": [{"field": "lines.0.quantity", "problem": "is 0"}]}'

ANSWERS = [
    (202, b'{"order_id": "o-1", "status": "PLACED"}', Kind.ACCEPTED, ()),
    (202, b"{}", Kind.FAILED, ("answered 202 without an order id",)),
    (202, b'{"order_id": 7}', Kind.FAILED, ("answered 202 without an order id",)),
    (202, b"", Kind.FAILED, ("answered 202 without an order id",)),
    (200, b'{"order_id": "o-1"}', Kind.FAILED, ('answered 200: {"order_id": "o-1"}',)),
    (400, FAULTS, Kind.REFUSED, ("lines.0.quantity: is 0",)),
    (400, b"Bad Request", Kind.REFUSED, ("answered 400: Bad Request",)),
    (400, b'{"faults": []}', Kind.REFUSED, ('answered 400: {"faults": []}',)),
    (400, b'{"faults": "all"}', Kind.REFUSED, ('answered 400: {"faults": "all"}',)),
    (413, b"", Kind.REFUSED, ("answered 413",)),
    (408, b"", Kind.FAILED, ("answered 408",)),
    (429, b"slow down", Kind.FAILED, ("answered 429: slow down",)),
    (500, b'{"message": "x"}', Kind.FAILED, ('answered 500: {"message": "x"}',)),
    (503, b"\xff", Kind.FAILED, ("answered 503: \ufffd",)),
    (302, b"", Kind.FAILED, ("answered 302",)),
    (799, b"", Kind.FAILED, ("answered 799",)),
]


@pytest.mark.parametrize(("status", "body", "kind", "problems"), ANSWERS)
def test_only_a_202_with_an_id_accepts_an_order(
    status: int, body: bytes, kind: Kind, problems: tuple[str, ...]
) -> None:
    """A refusal is final; what may be the server's trouble is a failure."""
    order_id = "o-1" if kind is Kind.ACCEPTED else None

    assert understand(3, status, body) == Answer(3, kind, order_id, problems)
