"""AWS calls in a trace: each is a subsegment of the current segment."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools import Tracer

from trunkline.aws import AwsError, AwsRefusedError, Reply
from trunkline.observability import provider_of
from trunkline.xray import Subsegment, XRayProvider

_NAMED_BY: Final = {"TableName": "table_name", "QueueUrl": "queue_url"}
"""Parameters that are recorded, with X-Ray's names. Never a key, an item or a body."""


class CallWatcher:
    """Records each call of one service's client as a subsegment."""

    def __init__(self, provider: XRayProvider, service: str, region: str) -> None:
        self._provider = provider
        self._service = service
        self._region = region

    def begins(self, operation: str, request: Mapping[str, Any]) -> "TracedCall | None":
        """Opens the subsegment, if the invocation is traced."""
        subsegment = self._provider.begin(self._service)
        if subsegment is None:
            return None
        told = {"operation": operation, "region": self._region, **_named(request)}
        subsegment.document |= {"namespace": "aws", "aws": told}
        return TracedCall(subsegment)


class TracedCall:
    """One call and its subsegment."""

    def __init__(self, subsegment: Subsegment) -> None:
        self._subsegment = subsegment

    def answered(self, reply: Reply) -> None:
        """Closes the subsegment."""
        document = self._subsegment.document
        document["aws"] |= {"request_id": reply.request_id, "retries": reply.retries}
        document["http"] = {"response": {"status": int(HTTPStatus.OK)}}
        self._subsegment.close()

    def failed(self, error: AwsError) -> None:
        """Closes it as a throttle, a client error or a fault of AWS."""
        if isinstance(error, AwsRefusedError):
            self._subsegment.document["http"] = {"response": {"status": error.status}}
        self._subsegment.fail(*_kinds_of(error), kind=error.code, remote=True)
        self._subsegment.close()


def watcher_of(tracer: Tracer, service: str, region: str) -> CallWatcher | None:
    """Returns the watcher for a service's client; None without a daemon, so nothing is built."""
    provider = provider_of(tracer)
    return CallWatcher(provider, service, region) if provider.listens else None


def _kinds_of(error: AwsError) -> tuple[str, ...]:
    if not isinstance(error, AwsRefusedError):
        return ("fault",)
    if error.is_throttle:
        return ("error", "throttle")
    return ("fault",) if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR else ("error",)


def _named(request: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the resource of the call: a table, a queue, a bus."""
    named = {name: request[key] for key, name in _NAMED_BY.items() if key in request}
    actions = (fields for one in request.get("TransactItems", ()) for fields in one.values())
    tables = {fields["TableName"] for fields in actions} | set(request.get("RequestItems", ()))
    if len(tables) == 1:
        named["table_name"] = tables.pop()
    elif tables:
        named["table_names"] = sorted(tables)
    buses = {entry.get("EventBusName") for entry in request.get("Entries", ())} - {None}
    return named | ({"event_bus_name": ", ".join(sorted(buses))} if buses else {})
