"""Storage of the messages in customers' in-app inboxes."""

from trunkline import UnitOfWork


def deliver(customer_id: str, text: str, unit: UnitOfWork) -> None:
    """Puts the message into the customer's inbox."""
    metadata = unit.event.metadata
    unit.put(
        f"inbox#{customer_id}",
        metadata.event_id,
        {"text": text, "order_id": metadata.subject, "at": metadata.occurred_at},
    )
