"""Tests of HTTP responses that need no table access."""

import base64
import json
from typing import Any

import pytest

from orders.handler import order_status, place_order
from orders.request import BODY_BYTES_MAX
from services.orders.tests.requests import an_order
from trunkline.producer import Function


class Context:
    """The part of Lambda's context that the functions read."""

    aws_request_id = "r-1"
    function_name = "orders"

    def get_remaining_time_in_millis(self) -> int:
        """Returns a long time."""
        return 10_000


def a_request(body: str | None = None, **more: Any) -> dict[str, Any]:
    """Returns a request of API Gateway (payload 2.0)."""
    return {
        "version": "2.0",
        "headers": {"host": "api.example"},
        "requestContext": {"requestId": "r-1"},
        "body": body,
        "isBase64Encoded": False,
        **more,
    }


@pytest.fixture(autouse=True)
def _function(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the functions' environment; calls to AWS fail."""
    names = ("SERVICE", "SOURCE", "TABLE", "BUS")
    variables = {f"TRUNKLINE_{name}": "orders" for name in names} | {
        "TRUNKLINE_MARK_DAYS": "30",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


BODIES: dict[str, dict[str, Any]] = {
    "no body": a_request(),
    "an empty body": a_request(""),
    "no JSON": a_request("order"),
    "an empty order": a_request("{}"),
    "base64 of no UTF-8": a_request(base64.b64encode(b"\xff\xfe{}").decode(), isBase64Encoded=True),
    "base64 that is cut off": a_request("abcde", isBase64Encoded=True),
    "invalid base64": a_request("\u00e4", isBase64Encoded=True),
    "half a surrogate pair": a_request("\ud800"),
}


def a_body(**changes: str) -> str:
    """Returns a valid order with strings replaced."""
    body = json.dumps(an_order())
    for old, new in changes.items():
        body = body.replace(old, new, 1)
    return body


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name of which the gateway kept U+FFFD": (a_request(a_body(Ada="Zo\ufffd")), "(order)"),
    "the same in base64": (
        a_request(
            base64.b64encode(a_body(Ada="Zoë").encode("latin-1")).decode(), isBase64Encoded=True
        ),
        "(order)",
    ),
    "a quantity twice": (
        a_request(a_body(quantity='quantity": 1, "quantity')),
        "lines.0.quantity",
    ),
    "a customer twice": (a_request(a_body(customer='customer": {}, "customer')), "customer"),
    "NaN": (a_request('{"lines": NaN}'), "(order)"),
}


@pytest.mark.parametrize(("request_", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_an_order_of_which_more_than_one_reading_is_possible_is_answered_400(
    request_: dict[str, Any], field: str
) -> None:
    """An ambiguous or damaged body is never accepted."""
    answer = place_order(request_, Context())

    said = json.loads(answer["body"])
    assert (answer["statusCode"], said["error"]) == (400, "invalid_order")
    assert [fault["field"] for fault in said["faults"]] == [field]


@pytest.mark.parametrize("request_", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_order_is_answered_400(request_: dict[str, Any]) -> None:
    """Invalid bytes get a response with the fault, never an error 500."""
    answer = place_order(request_, Context())

    body = json.loads(answer["body"])
    assert (answer["statusCode"], body["error"]) == (400, "invalid_order")
    assert all(set(fault) == {"field", "problem"} for fault in body["faults"])
    assert body["faults"]


@pytest.mark.parametrize(
    "body",
    ["x" * (BODY_BYTES_MAX + 1), "ä" * (BODY_BYTES_MAX // 2 + 1)],
    ids=["ASCII", "not ASCII"],
)
def test_a_body_that_no_event_could_hold_is_answered_413(body: str) -> None:
    """The limit is in bytes and is checked before the body is parsed."""
    answer = place_order(a_request(body), Context())

    assert answer["statusCode"] == 413
    assert json.loads(answer["body"])["bytes_max"] == BODY_BYTES_MAX


@pytest.mark.parametrize("key", ["", " ", '"', '""', "k" * 256, "clé", "a\x00b", '"a", "b"'])
@pytest.mark.parametrize("body", ["{}", json.dumps(an_order())], ids=["no order", "a good order"])
def test_a_malformed_key_is_answered_400(key: str, body: str) -> None:
    """If it were ignored, a retry could place a second order."""
    answer = place_order(a_request(body, headers={"host": "h", "idempotency-key": key}), Context())

    said = json.loads(answer["body"])
    assert (answer["statusCode"], said["error"]) == (400, "invalid_idempotency_key")
    assert said["problem"]


FAILING: dict[str, tuple[Function, Any]] = {
    "a good order while AWS is away": (place_order, a_request(json.dumps(an_order()))),
    "a request without its context": (place_order, {"headers": {"host": "h"}, "body": "{}"}),
    "an invalid request": (place_order, "s3cret"),
    "an id that is not a string": (order_status, a_request(pathParameters={"id": ["s3cret"]})),
    "an order while AWS is away": (order_status, a_request(pathParameters={"id": "s3cret"})),
    "nothing at all": (order_status, None),
}


@pytest.mark.parametrize(("function", "event"), FAILING.values(), ids=FAILING.keys())
def test_no_failure_leaves_a_function(
    function: Function, event: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda would print its message, which may quote client data."""
    answer = function(event, Context())

    assert answer["statusCode"] == 500
    assert json.loads(answer["body"]) == {"error": "internal"}
    assert "s3cret" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "order_id", ["", " ", "a b", "a#b", "x" * 65, "x" * 3_000, "é", "a\n", "../a"]
)
def test_an_id_that_no_order_can_have_is_answered_404(order_id: str) -> None:
    """The table is not read: it would refuse a key of 3,000 bytes, with a response 500."""
    answer = order_status(a_request(pathParameters={"id": order_id}), Context())

    assert answer["statusCode"] == 404
    assert json.loads(answer["body"]) == {"error": "unknown_order", "order_id": order_id}


def test_a_request_without_an_id_is_answered_404() -> None:
    """API Gateway omits the parameters if a route has no parameters."""
    assert order_status(a_request(), Context())["statusCode"] == 404
