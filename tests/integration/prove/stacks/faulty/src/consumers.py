"""Handlers of the runtime that do something past it."""

import http.client
import json
from urllib.parse import urlsplit

from effects_by_hand import count, publish
from provider import provider_url
from schemas.orders import OrderPlaced
from trunkline import Consumer, UnitOfWork

writing = Consumer()
publishing = Consumer()
calling = Consumer()
undeclared = Consumer()


@writing.on(OrderPlaced, name="write-itself")
def write_itself(order: OrderPlaced, unit: UnitOfWork) -> None:
    """The write is not part of the commit."""
    count(order.order_id)
    unit.put(f"order#{order.order_id}", "seen", {"total": order.total.amount_minor})


@publishing.on(OrderPlaced, name="publish-itself")
def publish_itself(order: OrderPlaced, unit: UnitOfWork) -> None:
    """Nor is the event."""
    publish(order.order_id)
    unit.put(f"order#{order.order_id}", "seen", {"total": order.total.amount_minor})


@calling.on(OrderPlaced, name="call-outside")
def call_outside(order: OrderPlaced, unit: UnitOfWork) -> None:
    """The provider cannot know that it was asked before."""
    url = urlsplit(provider_url())
    connection = http.client.HTTPConnection(url.netloc, timeout=5)
    connection.request("POST", url.path, json.dumps({"order": order.order_id}))
    connection.getresponse().read()
    unit.put(f"order#{order.order_id}", "seen", {"total": order.total.amount_minor})


write = writing.handler
publish_event = publishing.handler
call = calling.handler
nothing = undeclared.handler
