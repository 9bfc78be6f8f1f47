"""Accepts orders over HTTP, returns their state, and follows payment decisions."""

from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import ValidationError

from orders import domain, store
from orders.request import BODY_BYTES_MAX, PlaceOrder, faults_of
from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined
from trunkline import (
    Answer,
    Answered,
    Consumer,
    InvalidBodyError,
    KeyedRequest,
    LambdaContext,
    PermanentError,
    Producer,
    UnitOfWork,
    body_in,
    json_answer,
    json_in,
    key_in,
)
from trunkline.faults import faults_in

api = Producer()
app = Consumer()
follow_payments = app.handler


@api.handler
def place_order(event: dict[str, Any], context: LambdaContext) -> Answer:
    """Handles POST /orders: 202 after the commit of order and event, 400 with every fault.

    All requests with the same Idempotency-Key get the first response and create one order.
    """
    request = APIGatewayProxyEventV2(event)
    body, base_url = _body_of(request), _base_url(request)
    keyed = KeyedRequest(request.request_context.request_id, key_in(request.headers), body)

    def work(unit: UnitOfWork) -> OrderPlaced:
        order = _order_in(body)
        order_id = unit.new_id()
        if store.load(order_id, unit) is not None:
            # A repeated request whose mark has expired, but not its order.
            raise Answered(_accepted(order_id, base_url))
        placed = domain.place(order_id, order.customer, order.lines, order.payment)
        store.save(domain.opened(placed, unit.now.isoformat(timespec="milliseconds")), unit)
        return placed

    def answer(placed: OrderPlaced) -> Answer:
        return _accepted(placed.order_id, base_url)

    return api.answer(work, answer, name="place-order", request=keyed, context=context)


@api.handler
def order_status(event: dict[str, Any], context: LambdaContext) -> Answer:
    """Handles GET /orders/{id}: returns the order's state and history."""
    order_id = APIGatewayProxyEventV2(event).path_parameters.get("id", "")
    known = domain.is_order_id(order_id)
    order = api.read(lambda unit: store.load(order_id, unit), context) if known else None
    if order is None:
        return json_answer(404, {"error": "unknown_order", "order_id": order_id})
    return json_answer(
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
    """Sets the order to PAID."""
    _follow(payment, unit)


@app.on(PaymentDeclined, name="follow-declined")
def on_payment_declined(payment: PaymentDeclined, unit: UnitOfWork) -> None:
    """Sets the order to DECLINED."""
    _follow(payment, unit)


def _follow(payment: PaymentCaptured | PaymentDeclined, unit: UnitOfWork) -> None:
    order = store.load(payment.order_id, unit)
    if order is None:
        # An order is committed before its event is published, so this one never existed.
        raise PermanentError(f"order {payment.order_id} does not exist")
    metadata = unit.event.metadata
    store.save(domain.follow(order, payment, metadata.occurred_at, metadata.event_id), unit)


def _body_of(request: APIGatewayProxyEventV2) -> bytes:
    try:
        body = body_in(request.raw_event)
    except InvalidBodyError as error:
        raise Answered(_invalid(faults_of(error.faults))) from None
    if len(body) > BODY_BYTES_MAX:
        too_large = {"error": "order_too_large", "bytes_max": BODY_BYTES_MAX}
        raise Answered(json_answer(413, too_large))
    return body


def _order_in(body: bytes) -> PlaceOrder:
    try:
        json_in(body)  # stricter than Pydantic, which uses the last of duplicate keys
        return PlaceOrder.model_validate_json(body)
    except InvalidBodyError as error:
        raise Answered(_invalid(faults_of(error.faults))) from None
    except ValidationError as error:
        raise Answered(_invalid(faults_of(faults_in(error)))) from None


def _base_url(request: APIGatewayProxyEventV2) -> str:
    headers = request.headers
    host = headers.get("host") or request.request_context.domain_name
    return f"{headers.get('x-forwarded-proto', 'https')}://{host}"


def _accepted(order_id: str, base_url: str) -> Answer:
    url = f"{base_url}/orders/{order_id}"
    body = {"order_id": order_id, "status": domain.PLACED, "status_url": url}
    return json_answer(202, body, {"Location": url})


def _invalid(faults: list[dict[str, str]]) -> Answer:
    return json_answer(400, {"error": "invalid_order", "faults": faults})
