"""A payment as the documentation of Powertools makes it: batch, idempotent function, random ids.

Follows its pages on idempotency (getting started, batch processing, Lambda timeouts) and batch.
"""

# ruff: noqa: TID251 - written as Powertools documents it

import json
import os
from typing import Any
from uuid import uuid4

import boto3
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

processor = BatchProcessor(event_type=EventType.SQS)
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
config = IdempotencyConfig(event_key_jmespath="detail.metadata.event_id")
dynamodb = boto3.client("dynamodb")
events = boto3.client("events")


# Powertools' decorator has no types.
@idempotent_function(data_keyword_argument="event", config=config, persistence_store=persistence)  # type: ignore[untyped-decorator]
def pay(event: dict[str, Any]) -> dict[str, str]:
    """Records the payment and tells the bus, once for each event."""
    order_id = event["detail"]["data"]["order_id"]
    payment = {"payment_id": str(uuid4()), "order_id": order_id}
    item = {name: {"S": value} for name, value in payment.items()}
    dynamodb.put_item(TableName=os.environ["PAYMENTS_TABLE"], Item=item)
    detail = {"metadata": {"event_id": str(uuid4())}, "data": payment}
    entry = {
        "EventBusName": os.environ["EVENT_BUS_NAME"],
        "Source": "shop.payments",
        "DetailType": "PaymentCaptured",
        "Detail": json.dumps(detail),
    }
    events.put_events(Entries=[entry])
    return payment


def record_handler(record: SQSRecord) -> dict[str, str]:
    """One message."""
    payment: dict[str, str] = pay(event=json.loads(record.body))
    return payment


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point for a batch of SQS messages."""
    config.register_lambda_context(context)
    answer = process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
    return {**answer}
