"""What a settled payment says of its order."""

from schemas.billing import PaymentSettled

from schemas.orders import OrderPlacedV2


def settled(order: OrderPlacedV2, payment_id: str) -> PaymentSettled:
    """Card payments below a threshold carry no risk; heavy orders carry more."""
    weight = sum(line.weight_kg * line.quantity for line in order.lines)
    return PaymentSettled(
        payment_id=payment_id,
        order_id=order.order_id,
        paid=order.total,
        method="invoice" if order.customer.vat_id else "card",
        settled_on=order.placed_at[:10],
        risk=min(1.0, weight / 1000),
    )
