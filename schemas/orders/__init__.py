"""The events of the orders service."""

from schemas.orders.order_placed import Address, Customer, OrderLine, OrderPlaced, Payment

__all__ = ["Address", "Customer", "OrderLine", "OrderPlaced", "Payment"]
