"""What the function takes and sends: EventBridge's event within an SQS message, both parsed."""

from aws_lambda_powertools.utilities.parser import BaseModel
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json

from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined


class Metadata(BaseModel):
    """What every event of the shop carries besides its data."""

    event_id: str
    subject: str
    occurred_at: str
    correlation_id: str
    causation_id: str | None
    traceparent: str
    producer: str


class OrderPlacedDetail(BaseModel):
    """The detail of an order's event."""

    metadata: Metadata
    data: OrderPlaced


class OrderPlacedEvent(EventBridgeModel):
    """EventBridge's event about an order."""

    detail: OrderPlacedDetail


class OrderPlacedRecord(SqsRecordModel):
    """An SQS message with that event as its body."""

    body: Json[OrderPlacedEvent]


class PaymentDetail(BaseModel):
    """The detail of a payment's event."""

    metadata: Metadata
    data: PaymentCaptured | PaymentDeclined
