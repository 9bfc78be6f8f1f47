"""The log of a bus, in the record format of EventBridge's bus logs."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Final

from trunklab.local.delivery.steps import JsonObject

GROUP_PREFIX: Final = "/aws/vendedlogs/events/event-bus/"
STREAM: Final = "log"
PAGE_MAX: Final = 10_000
"""Events of one answer [CloudWatch Logs quotas]."""
RECORDS_MAX: Final = 50_000
"""Of one bus; the oldest are dropped."""
_LEVELS: Final = {
    "EVENT_INGEST_FAILURE": "ERROR",
    "INVOCATION_ATTEMPT_PERMANENT_FAILURE": "ERROR",
    "INVOCATION_FAILURE": "ERROR",
    "INVOCATION_DLQ": "INFO",
    "EVENT_RECEIPT": "INFO",
    "EVENT_INGEST_SUCCESS": "INFO",
    "RULE_MATCH": "INFO",
    "NO_STANDARD_RULES_MATCHED": "INFO",
    "INVOCATION_SUCCESS": "INFO",
}


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened to an event; `kind` is the record's message_type."""

    kind: str
    event_id: str
    when: float
    details: JsonObject
    invocation_id: str = ""
    error: JsonObject | None = None


class RoutingLog:
    """The newest records of one bus."""

    def __init__(self, bus_arn: str) -> None:
        self._bus_arn = bus_arn
        self._records: deque[tuple[int, Record]] = deque(maxlen=RECORDS_MAX)
        self._count = 0

    def add(self, record: Record) -> None:
        """Keeps a record."""
        self._count += 1
        self._records.append((self._count, record))

    def answer(self, operation: str, given: JsonObject) -> JsonObject:
        """Answers FilterLogEvents and GetLogEvents; tokens are numbers of records."""
        start, end = given.get("startTime", 0), given.get("endTime", inf)
        words = given.get("filterPattern", "").replace('"', " ").split()
        limit = given.get("limit", PAGE_MAX)
        first = int(given.get("nextToken") or 0)
        page: list[JsonObject] = []
        after = first
        for order, logged in self.records():
            when, message = logged["message_timestamp_ms"], json.dumps(logged)
            if order <= first or not start <= when < end:
                continue
            if all(word in message for word in words):
                if len(page) == limit:
                    break
                place = {"logStreamName": STREAM, "eventId": f"{order:056d}"}
                own = {} if operation == "GetLogEvents" else place
                page.append({"timestamp": when, "ingestionTime": when, "message": message, **own})
            after = order
        if operation == "GetLogEvents":
            tokens = {"nextForwardToken": str(after), "nextBackwardToken": str(first)}
            return {"events": page, **tokens}
        more = {"nextToken": str(after)} if after < self._count and len(page) == limit else {}
        return {"events": page, **more}

    def records(self) -> Iterator[tuple[int, JsonObject]]:
        """Yields the number of each record and what EventBridge would log, the oldest first."""
        for order, record in self._records:
            logged = {
                "resource_arn": self._bus_arn,
                "message_timestamp_ms": int(record.when * 1000),
                "event_bus_name": self._bus_arn.rpartition("/")[2],
                "request_id": record.event_id,
                "event_id": record.event_id,
                "invocation_id": record.invocation_id,
                "message_type": record.kind,
                "log_level": _LEVELS.get(record.kind, "TRACE"),
                "details": record.details,
            }
            if not record.invocation_id:
                del logged["invocation_id"]
            if record.error:
                logged["error"] = record.error
            yield order, logged
