"""How AWS calls appear in a trace: each a subsegment, by botocore's own events."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools import Tracer

from trunkline.observability import provider_of
from trunkline.xray import Subsegment, XRayProvider

_KEPT: Final = "trunkline_subsegment"
"""Under this name a call's subsegment lies in botocore's context of the call."""

_NAMED_BY: Final = {
    "TableName": "table_name",
    "QueueUrl": "queue_url",
    "ScheduleName": "schedule_name",
}
"""Which parameters of a call are told, under X-Ray's names. Never a key, an item or a body."""

_THROTTLES: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestThrottled",
    }
)
"""AWS's names for one fact (botocore's own list, as far as the runtime's services use it)."""


def watch(client: Any, tracer: Tracer) -> Any:
    """Makes each call of the client a subsegment; answers the client.

    Without a daemon nothing is registered, so a call costs what it costs without tracing.
    """
    provider = provider_of(tracer)
    if provider.listens:
        watcher = _Watcher(provider, client.meta)
        events = client.meta.events
        events.register("before-parameter-build.*", watcher.begins)
        events.register("after-call.*", watcher.is_answered)
        events.register("after-call-error.*", watcher.fails)
    return client


class _Watcher:
    def __init__(self, provider: XRayProvider, meta: Any) -> None:
        self._provider = provider
        self._name = str(meta.service_model.endpoint_prefix)
        self._region = str(meta.region_name)

    def begins(self, params: Any, model: Any, context: Any, **_more: Any) -> None:
        subsegment = self._provider.begin(self._name)
        if subsegment is not None:
            told = {"operation": model.name, "region": self._region, **_named(params)}
            subsegment.document |= {"namespace": "aws", "aws": told}
            context[_KEPT] = subsegment

    def is_answered(self, parsed: Any, http_response: Any, context: Any, **_more: Any) -> None:
        subsegment = context.pop(_KEPT, None)
        if subsegment is not None:
            said = parsed.get("ResponseMetadata", {})
            subsegment.document["aws"] |= {
                "request_id": said.get("RequestId", ""),
                "retries": said.get("RetryAttempts", 0),
            }
            status = http_response.status_code
            subsegment.document["http"] = {"response": {"status": status}}
            if status >= HTTPStatus.MULTIPLE_CHOICES:
                _refuse(subsegment, status, parsed.get("Error", {}).get("Code", ""))
            subsegment.close()

    def fails(self, exception: Any, context: Any, **_more: Any) -> None:
        subsegment = context.pop(_KEPT, None)
        if subsegment is not None:
            subsegment.fail("fault", kind=type(exception).__name__, remote=True)
            subsegment.close()


def _refuse(subsegment: Subsegment, status: int, code: str) -> None:
    if code in _THROTTLES or status == HTTPStatus.TOO_MANY_REQUESTS:
        subsegment.fail("error", "throttle", kind=code, remote=True)
    else:
        is_theirs = status >= HTTPStatus.INTERNAL_SERVER_ERROR
        subsegment.fail("fault" if is_theirs else "error", kind=code, remote=True)


def _named(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the call speaks to: a table, a queue, a bus."""
    named = {name: params[key] for key, name in _NAMED_BY.items() if key in params}
    actions = (fields for one in params.get("TransactItems", ()) for fields in one.values())
    tables = {fields["TableName"] for fields in actions} | set(params.get("RequestItems", ()))
    if len(tables) == 1:
        named["table_name"] = tables.pop()
    elif tables:
        named["table_names"] = sorted(tables)
    buses = {entry.get("EventBusName") for entry in params.get("Entries", ())} - {None}
    return named | ({"event_bus_name": ", ".join(sorted(buses))} if buses else {})
