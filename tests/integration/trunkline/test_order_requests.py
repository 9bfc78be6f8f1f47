"""What orders makes of a repeated request, with its own code on a real table and bus."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.orders.tests.requests import an_order
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, death_of
from trunklab import settings
from trunklab.testing.function_process import Function
from trunklab.testing.function_worker import Code

CODE = Code("orders.handler.place_order", (str(settings.REPOSITORY / "services/orders/src"),))

ORDER = json.dumps(an_order())


class Api:
    """The function behind POST /orders; a process that dies is replaced by the next."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._functions: list[Function] = []

    @property
    def pid(self) -> int:
        """Of the process that takes the next request, or has taken the last."""
        if not self._functions:
            self._functions.append(Function(CODE, self._environment))
        return self._functions[-1].pid

    def post(self, body: str = ORDER, host: str = "api.example") -> dict[str, Any]:
        """Places the order under the one key; raises EOFError when the process died in it."""
        assert self.pid
        event = {
            "version": "2.0",
            "headers": {"host": host, "idempotency-key": "k-1"},
            "requestContext": {"requestId": "r-1"},
            "body": body,
            "isBase64Encoded": False,
        }
        try:
            answer: dict[str, Any] = self._functions[-1].invoke(event).answer["answer"]
        except EOFError:
            self._functions.append(Function(CODE, self._environment))
            raise
        return answer

    def stop(self) -> None:
        """Ends all processes."""
        for function in self._functions:
            function.stop()


@pytest.fixture
def api(_forkserver: None, stage: Stage, wire: Wire, signing_key: str) -> Iterator[Api]:
    """The function with the environment that its template gives it."""
    environment = stage.settings() | {
        "TRUNKLINE_SERVICE": "orders",
        "TRUNKLINE_SOURCE": "shop.orders",
        "AWS_ENDPOINT_URL": wire.endpoint,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": signing_key,
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    one = Api(environment)
    yield one
    one.stop()


def orders(stage: Stage) -> list[Any]:
    """All orders of the table."""
    return [row for (_, sk), row in stage.items().items() if sk == "order"]


def forget_marks(stage: Stage) -> None:
    """As DynamoDB does when their time is over."""
    for mark in stage.marks():
        key = {"pk": {"S": mark}, "sk": {"S": "mark"}}
        stage.clients.dynamodb.delete_item(TableName=stage.name, Key=key)


def test_the_first_answer_names_the_host_of_the_first_request(api: Api, stage: Stage) -> None:
    """It is given as it was, whatever way the repetition came."""
    first = api.post(host="one.example")

    again = api.post(host="two.example")

    assert first["headers"]["Location"].startswith("https://one.example/orders/")
    assert again == first
    assert len(orders(stage)) == 1


def test_a_repetition_after_the_mark_has_gone_does_not_place_the_order_again(
    api: Api, stage: Stage, wire: Wire
) -> None:
    """It would make the same ids: the order would lose its state, and be paid twice."""
    first = api.post()
    (before,) = orders(stage)
    forget_marks(stage)

    again = api.post()

    assert again == first
    assert orders(stage) == [before]
    assert len(wire.seen("PutEvents")) == 1


def test_another_order_after_the_mark_has_gone_is_another_order(api: Api, stage: Stage) -> None:
    """The key is a new one then, and nothing of the old order is touched."""
    first = api.post()
    forget_marks(stage)

    other = api.post(json.dumps(an_order("lines.0.quantity", 3)))

    assert (first["statusCode"], other["statusCode"]) == (202, 202)
    assert first["body"] != other["body"]
    assert len(orders(stage)) == 2


@pytest.mark.parametrize("body", ["", "{}", "order", json.dumps(an_order("lines", []))])
def test_a_refused_order_leaves_nothing_and_its_key_free(api: Api, stage: Stage, body: str) -> None:
    """The client corrects it and may keep the key."""
    refused = api.post(body)
    left = stage.items()

    corrected = api.post()

    assert (refused["statusCode"], corrected["statusCode"]) == (400, 202)
    assert left == {}


@pytest.mark.parametrize("body", ["", "{}", "order", json.dumps(an_order("lines", []))])
def test_what_is_no_order_is_refused_under_a_key_that_is_taken(
    api: Api, stage: Stage, body: str
) -> None:
    """It is another body, and the mark decides before its faults do."""
    api.post()
    before = stage.items()

    answer = api.post(body)

    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["error"] == "idempotency_key_reused"
    assert stage.items() == before


@pytest.mark.parametrize(
    "operation", ["GetItem", "TransactWriteItems", "PutEvents", "BatchWriteItem"]
)
def test_an_order_whose_function_died_is_one_order_after_its_repetition(
    api: Api, stage: Stage, wire: Wire, operation: str
) -> None:
    """Wherever it died: one row, and nobody published what another one had."""
    wire.script(operation, death_of(lambda: api.pid))
    with pytest.raises(EOFError):
        api.post()

    first, second = api.post(), api.post()

    (order,) = orders(stage)
    assert first == second
    assert first["statusCode"] == 202
    assert order["pk"] == f"order#{json.loads(first['body'])['order_id']}"
    assert len(wire.seen("PutEvents")) == 1
