"""What functions are handed: events as the bus delivers them, batches of a queue, HTTP requests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from schemas.event import Event
from trunklab import settings
from trunklab.errors import UsageError
from trunklab.local.http import http_payload
from trunklab.local.http.http_api import HttpApi, find_route
from trunklab.local.http.http_payload import Request, Stamp
from trunklab.templates.template_file import JsonObject
from trunklab.testing.template_stack import Function

OCCURRED_AT: Final = "2026-11-02T12:00:00.000+00:00"
"""When everything happens that tests tell of, unless they say."""

TRACEPARENT: Final = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00"
"""The trace of all events that tests send; it is not sampled."""

HOST: Final = "api.example"
"""The name under which clients reach the HTTP APIs of tests."""

_API_ID: Final = "test"


@dataclass(frozen=True)
class Occurrence:
    """One event: what it says, and the id that is the same in every delivery of it."""

    source: str
    detail_type: str
    subject: str
    data: Any
    event_id: str

    @classmethod
    def of(cls, event: Event, event_id: str) -> Self:
        """The event as its contract says it; raises ValidationError for one that breaks it."""
        return cls(event.source, event.detail_type, event.subject, event.to_data(), event_id)

    def delivered(self) -> JsonObject:
        """The event as a rule hands it to its target."""
        return {
            "version": "0",
            "id": "1d7a7a0e-0000-4000-8000-000000000001",
            "detail-type": self.detail_type,
            "source": self.source,
            "account": settings.LOCAL_ACCOUNT,
            "time": OCCURRED_AT,
            "region": settings.LOCAL_REGION,
            "resources": [],
            "detail": {
                "metadata": {
                    "event_id": self.event_id,
                    "subject": self.subject,
                    "occurred_at": OCCURRED_AT,
                    "correlation_id": f"correlation-of-{self.event_id}",
                    "causation_id": None,
                    "traceparent": TRACEPARENT,
                    "producer": self.source.rpartition(".")[2],
                },
                "data": self.data,
            },
        }


def batch(messages: Sequence[Mapping[str, Any]], queue_arn: str) -> JsonObject:
    """What Lambda makes of messages that it has received from a queue."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": dict(message.get("Attributes", {})),
                "messageAttributes": {
                    name: {
                        "dataType": value["DataType"],
                        "stringValue": value.get("StringValue"),
                        "stringListValues": [],
                        "binaryListValues": [],
                    }
                    for name, value in message.get("MessageAttributes", {}).items()
                },
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": settings.LOCAL_REGION,
            }
            for message in messages
        ]
    }


@dataclass(frozen=True)
class HttpRequest:
    """What a client asks of an HTTP API; `body` is sent as JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None

    def fits(self, function: Function) -> bool:
        """Whether the function has a route for it."""
        return find_route(_api(function), self.method, self.path.partition("?")[0]) is not None

    def delivered(self, function: Function, request_id: str) -> JsonObject:
        """What the function behind the route gets; raises UsageError where there is no route."""
        found = find_route(_api(function), self.method, self.path.partition("?")[0])
        if found is None:
            raise UsageError(f"{function.logical_id} has no route for {self.method} {self.path}")
        route, variables = found
        raw_path, _, query = self.path.partition("?")
        headers = {"host": HOST, "content-type": "application/json", **self.headers}
        body = b"" if self.body is None else json.dumps(self.body).encode()
        request = Request(
            self.method, raw_path, query, tuple(headers.items()), body, client_ip="192.0.2.1"
        )
        stamp = Stamp(datetime(2026, 11, 2, 12, tzinfo=UTC), request_id, "1-5759e988-0")
        return http_payload.make_event(_api(function), route, variables, request, stamp)


def _api(function: Function) -> HttpApi:
    return HttpApi(_API_ID, "$default", function.routes)
