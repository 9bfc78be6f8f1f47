"""Takes orders over HTTP, answers their state, and follows the decisions on their payment."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import ValidationError

from orders import domain, store
from orders.request import BODY_BYTES_MAX, PlaceOrder, faults_of
from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined
from trunkline import Consumer, LambdaContext, PermanentError, Producer, Sweep, UnitOfWork

api = Producer()
app = Consumer()
follow_payments = app.handler
sweep = Sweep().handler


def place_order(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """POST /orders: 202 once the order and its event are committed, 400 with every fault."""
    request = APIGatewayProxyEventV2(event)
    try:
        body = (request.decoded_body or "").encode()
    except ValueError:  # base64 that is none, bytes that are no UTF-8
        return _invalid([{"field": "(order)", "problem": "The body is no text in UTF-8"}])
    if len(body) > BODY_BYTES_MAX:
        return _answer(413, {"error": "order_too_large", "bytes_max": BODY_BYTES_MAX})
    try:
        order = PlaceOrder.model_validate_json(body)
    except ValidationError as error:
        return _invalid(faults_of(error))

    def work(unit: UnitOfWork) -> OrderPlaced:
        placed = domain.place(unit.new_id(), order.customer, order.lines, order.payment)
        store.save(domain.opened(placed, unit.now.isoformat(timespec="milliseconds")), unit)
        return placed

    request_id = request.request_context.request_id
    placed = api.commit(work, name="place-order", request_id=request_id, context=context)
    url = f"{_base_url(request)}/orders/{placed.order_id}"
    answer = {"order_id": placed.order_id, "status": domain.PLACED, "status_url": url}
    return _answer(202, answer, {"Location": url})


def order_status(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """GET /orders/{id}: the order's state and how it came to it."""
    order_id = APIGatewayProxyEventV2(event).path_parameters.get("id", "")
    known = domain.is_order_id(order_id)
    order = api.read(lambda unit: store.load(order_id, unit), context) if known else None
    if order is None:
        return _answer(404, {"error": "unknown_order", "order_id": order_id})
    return _answer(
        200,
        {
            "order_id": order.order_id,
            "status": order.status,
            "total": order.total.model_dump(),
            "history": [vars(step) for step in order.history],
        },
    )


@app.on(PaymentCaptured, name="follow-captured")
def on_payment_captured(payment: PaymentCaptured, unit: UnitOfWork) -> None:
    """The order is paid."""
    _follow(payment, unit)


@app.on(PaymentDeclined, name="follow-declined")
def on_payment_declined(payment: PaymentDeclined, unit: UnitOfWork) -> None:
    """The order will not be paid."""
    _follow(payment, unit)


def _follow(payment: PaymentCaptured | PaymentDeclined, unit: UnitOfWork) -> None:
    order = store.load(payment.order_id, unit)
    if order is None:
        # An order is committed before its event leaves, so this one was never ours.
        raise PermanentError(f"there is no order {payment.order_id}")
    metadata = unit.event.metadata
    store.save(domain.follow(order, payment, metadata.occurred_at, metadata.event_id), unit)


def _base_url(request: APIGatewayProxyEventV2) -> str:
    headers = {name.lower(): value for name, value in request.headers.items()}
    host = headers.get("host") or request.request_context.domain_name
    return f"{headers.get('x-forwarded-proto', 'https')}://{host}"


def _invalid(faults: list[dict[str, str]]) -> dict[str, Any]:
    return _answer(400, {"error": "invalid_order", "faults": faults})


def _answer(
    status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
    }
