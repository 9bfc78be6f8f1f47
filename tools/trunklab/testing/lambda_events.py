"""Events that functions receive: from the bus, from a queue, or as an HTTP request."""

import contextlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as validated

from schemas.event import Event
from trunklab import effects, settings
from trunklab.errors import UsageError
from trunklab.local.http import http_payload
from trunklab.local.http.http_api import HttpApi, Route, find_route
from trunklab.local.http.http_payload import Request, Stamp
from trunklab.templates.template_file import JsonObject
from trunklab.testing.sandbox import RECEIVED_AT_ONCE_MAX, Message, Sandbox
from trunklab.testing.template_stack import Function

OCCURRED_AT: Final = "2026-11-02T12:00:00.000+00:00"
"""When the events of tests occur."""

TRACEPARENT: Final = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-00"
"""The trace of the events of tests; not sampled."""

HOST: Final = "api.example"
"""The host name of the HTTP APIs of tests."""


@dataclass(frozen=True)
class Occurrence:
    """One event, with the id that all its deliveries share."""

    source: str
    detail_type: str
    subject: str
    data: Any
    event_id: str

    @classmethod
    def of(cls, event: Event, event_id: str) -> Self:
        """Makes it from an instance of a contract."""
        return cls(event.source, event.detail_type, event.subject, event.to_data(), event_id)

    def delivered(self) -> JsonObject:
        """Returns the event as a rule delivers it."""
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


@validated(frozen=True, config=ConfigDict(extra="forbid"))
class HttpRequest:
    """A request to an HTTP API; `body` is sent as JSON."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def fits(self, function: Function) -> bool:
        """True if the function has a route for it."""
        return self._route(function) is not None

    def delivered(self, function: Function, request_id: str) -> JsonObject:
        """Returns the event of the function's route; raises UsageError if it is missing."""
        match = self._route(function)
        if match is None:
            raise UsageError(f"{function.logical_id} has no route for {self.method} {self.path}")
        route, variables = match
        raw_path, _, query = self.path.partition("?")
        headers = {"host": HOST, "content-type": "application/json", **self.headers}
        body = b"" if self.body is None else json.dumps(self.body).encode()
        request = Request(
            self.method, raw_path, query, tuple(headers.items()), body, client_ip="192.0.2.1"
        )
        stamp = Stamp(datetime(2026, 11, 2, 12, tzinfo=UTC), request_id, "1-5759e988-0")
        return http_payload.make_event(_api(function), route, variables, request, stamp)

    def _route(self, function: Function) -> tuple[Route, Mapping[str, str]] | None:
        return find_route(_api(function), self.method, self.path.partition("?")[0])


def _api(function: Function) -> HttpApi:
    return HttpApi("test", "$default", function.routes)


_RECEIVE_S: Final = 1
"""Seconds that one ReceiveMessage waits for a message."""

_COUNTS: Final = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Poller:
    """The event source mapping of one function."""

    def __init__(self, sandbox: Sandbox, function: Function) -> None:
        self._sandbox = sandbox
        self._sqs = sandbox.clients.sqs
        self._url = sandbox.queues[function.queue]
        self._arn = sandbox.queue_arn(function.queue)
        self._at_once = min(function.batch_size, RECEIVED_AT_ONCE_MAX)

    def send(self, bodies: Iterable[Any]) -> None:
        """Sends messages to the queue; any but a string is sent as JSON."""
        for body in bodies:
            text = body if isinstance(body, str) else json.dumps(body)
            self._sqs.send_message(QueueUrl=self._url, MessageBody=text)

    def receive_all(self, count: int, within_s: float) -> list[Message]:
        """Receives messages that were sent before; raises TimeoutError if some are missing."""
        received: list[Message] = []
        end_s = effects.monotonic() + within_s
        while len(received) < count:
            if effects.monotonic() > end_s:
                raise TimeoutError(f"Received {len(received)} of {count} messages sent.")
            received += self.receive()
        return received

    def receive(self) -> list[Message]:
        """Receives the messages of one batch; waits for the first of them."""
        return self._sandbox.receive(self._url, self._at_once, _RECEIVE_S)

    def batch(self, received: Sequence[Message]) -> JsonObject:
        """Returns the event with which the function is invoked."""
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
                    "eventSourceARN": self._arn,
                    "awsRegion": settings.LOCAL_REGION,
                }
                for message in received
            ]
        }

    def settle(
        self,
        received: Iterable[Message],
        failed: Collection[Message] = (),
        postponed: Collection[str] = (),
    ) -> None:
        """Deletes messages; the failed ones become visible, unless the function postponed them."""
        gone = self._sqs.exceptions.ReceiptHandleIsInvalid, self._sqs.exceptions.MessageNotInflight
        for message in received:
            named = {"QueueUrl": self._url, "ReceiptHandle": message["ReceiptHandle"]}
            with contextlib.suppress(*gone):  # the function may have deleted it itself
                if message not in failed:
                    self._sqs.delete_message(**named)
                elif message["ReceiptHandle"] not in postponed:
                    self._sqs.change_message_visibility(**named, VisibilityTimeout=0)

    @property
    def is_empty(self) -> bool:
        """True if no message is visible or in flight."""
        response = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_COUNTS))
        return not any(int(response["Attributes"][name]) for name in _COUNTS)
