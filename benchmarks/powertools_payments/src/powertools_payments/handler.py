"""Decides the payment of every order, as the documentation of Powertools recommends to write it."""

# ruff: noqa: TID251 - written as Powertools documents it

import os
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from payments import domain
from powertools_payments.event import (
    Metadata,
    OrderPlacedDetail,
    OrderPlacedEvent,
    OrderPlacedRecord,
    PaymentDetail,
)
from schemas.payments import PaymentCaptured, PaymentDeclined

PAYMENTS_TABLE = os.environ["PAYMENTS_TABLE"]
EVENT_BUS_NAME = os.environ["EVENT_BUS_NAME"]

logger = Logger()
tracer = Tracer()
metrics = Metrics()
dynamodb = boto3.client("dynamodb")
events = boto3.client("events")
processor = BatchProcessor(event_type=EventType.SQS, model=OrderPlacedRecord)
persistence = DynamoDBPersistenceLayer(
    table_name=os.environ["IDEMPOTENCY_TABLE"], boto3_client=dynamodb
)
config = IdempotencyConfig(
    event_key_jmespath="detail.metadata.event_id", raise_on_no_idempotency_key=True
)


class EventNotPublishedError(Exception):
    """EventBridge did not take the event: the message is to be delivered again."""


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Lambda's entry point for a batch of SQS messages."""
    config.register_lambda_context(context)
    return process_partial_response(
        event=event, record_handler=on_record, processor=processor, context=context
    )


@tracer.capture_method(capture_response=False)
def on_record(record: OrderPlacedRecord) -> dict[str, str]:
    """One message, whose body the parser has read."""
    answer: dict[str, str] = decide_payment(event=record.body)
    return answer


@idempotent_function(  # type: ignore[untyped-decorator]  # Powertools types the bare form only
    data_keyword_argument="event", config=config, persistence_store=persistence
)
def decide_payment(event: OrderPlacedEvent) -> dict[str, str]:
    """Decide an order's payment, record it and tell the bus, once for each event."""
    detail = event.detail
    event_id = detail.metadata.event_id
    tracer.put_annotation("event_id", event_id)
    order = detail.data
    outcome = domain.decide(
        str(uuid5(NAMESPACE_URL, f"payment:{event_id}")), order, limit_of(order.customer.id)
    )
    record_payment(outcome)
    publish(outcome, detail)
    metrics.add_metric(name=outcome.detail_type, unit=MetricUnit.Count, value=1)
    logger.info(
        "payment decided",
        event_id=event_id,
        correlation_id=detail.metadata.correlation_id,
        subject=order.order_id,
        outcome=outcome.detail_type,
    )
    return {"payment_id": outcome.payment_id, "outcome": outcome.detail_type}


def limit_of(customer_id: str) -> domain.Limit:
    """The customer's own limit, else the default one."""
    answer = dynamodb.get_item(
        TableName=PAYMENTS_TABLE,
        Key={"pk": {"S": f"customer#{customer_id}"}, "sk": {"S": "limit"}},
        ConsistentRead=True,
    )
    if "Item" not in answer:
        return domain.DEFAULT_LIMIT
    item = answer["Item"]
    return domain.Limit(int(item["card_minor"]["N"]), int(item["invoice_minor"]["N"]))


def record_payment(outcome: PaymentCaptured | PaymentDeclined) -> None:
    """Record the payment as it was decided."""
    item: dict[str, Any] = {
        "pk": {"S": f"payment#{outcome.order_id}"},
        "sk": {"S": "payment"},
        "outcome": {"S": outcome.detail_type},
        "payment_id": {"S": outcome.payment_id},
        "order_id": {"S": outcome.order_id},
        "customer_id": {"S": outcome.customer_id},
        "amount": {
            "M": {
                "amount_minor": {"N": str(outcome.amount.amount_minor)},
                "currency": {"S": outcome.amount.currency},
            }
        },
        "method": {"S": outcome.method},
    }
    if isinstance(outcome, PaymentDeclined):
        item["reason"] = {"S": outcome.reason}
    dynamodb.put_item(TableName=PAYMENTS_TABLE, Item=item)


def publish(outcome: PaymentCaptured | PaymentDeclined, cause: OrderPlacedDetail) -> None:
    """Put the payment's event on the bus; a redelivery sends the same id."""
    metadata = Metadata(
        event_id=str(uuid5(NAMESPACE_URL, f"event:{cause.metadata.event_id}")),
        subject=outcome.order_id,
        occurred_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        correlation_id=cause.metadata.correlation_id,
        causation_id=cause.metadata.event_id,
        traceparent=cause.metadata.traceparent,
        producer="payments",
    )
    answer = events.put_events(
        Entries=[
            {
                "EventBusName": EVENT_BUS_NAME,
                "Source": outcome.source,
                "DetailType": outcome.detail_type,
                "Detail": PaymentDetail(metadata=metadata, data=outcome).model_dump_json(),
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise EventNotPublishedError(answer["Entries"][0]["ErrorCode"])
