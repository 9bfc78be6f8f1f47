"""Event source mappings of SQS: take messages, form batches, invoke, delete what succeeded."""

import base64
import json
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final

from trunklab.local.delivery.context import Context, Due, Service
from trunklab.local.delivery.functions import Functions
from trunklab.local.delivery.messages import Message, attributes_md5
from trunklab.local.delivery.queue_requests import BATCH_MAX
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.steps import ApiError, Invocation, InvocationResult, JsonObject
from trunklab.patterns.errors import InvalidEventError, InvalidPatternError
from trunklab.patterns.pattern import Pattern

BATCH_BYTES_MAX: Final = 6 * 1024 * 1024
FILTERS_MAX: Final = 5
CONCURRENCY: Final = 5
"""Invocations at once with which a mapping starts on AWS [Lambda guide]."""
RETRY_AFTER_THROTTLE_S: Final = 1.0
"""AWS does not publish its curve; it retries until the visibility timeout ends [Lambda guide]."""
CREATING_S: Final = 0.2
PAGE_MAX: Final = 100
_SEPARATOR: Final = b", "
_INVALID: Final = "InvalidParameterValueException"
_REPORTED: Final = "ReportBatchItemFailures"
_MISSING_QUEUE: Final = (
    "Error occurred while ReceiveMessage. SQS Error Code:"
    " AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not"
    " exist."
)


@dataclass(frozen=True, slots=True)
class _Record:
    """A received message as the function gets it."""

    receipt_handle: str
    text: bytes


_Batch = dict[str, _Record]
"""By message id: a message that is received again takes the place of its earlier record."""


@dataclass(slots=True, eq=False)
class _Mapping:
    settings: JsonObject
    """As GetEventSourceMapping answers."""
    patterns: tuple[Pattern, ...]
    is_enabled: bool
    """As it is to be when its state has settled."""
    waiting: _Batch = field(default_factory=dict)
    """Received, and not yet in a batch."""
    waiting_bytes: int = 0
    window: Due | None = None
    running: int = 0

    @property
    def queue_arn(self) -> str:
        """The event source."""
        arn: str = self.settings["EventSourceArn"]
        return arn

    @property
    def limit(self) -> int:
        """Invocations at once."""
        scaling = self.settings.get("ScalingConfig") or {}
        concurrency: int = scaling.get("MaximumConcurrency", CONCURRENCY)
        return concurrency

    def takes(self, record: JsonObject) -> bool:
        """True if a filter matches the record, or the mapping has no filters."""
        if not self.patterns:
            return True
        event = {**record, "body": _parsed(record["body"])}
        return any(_matches(pattern, event) for pattern in self.patterns)


class QueueMappings(Service):
    """All event source mappings."""

    def __init__(self, context: Context, queues: Queues, functions: Functions) -> None:
        self._context = context
        self._queues = queues
        self._functions = functions
        self._mappings: dict[str, _Mapping] = {}
        self._watches: dict[str, Any] = {}

    def _create_event_source_mapping(self, given: JsonObject, now: float) -> JsonObject:
        arn = given.get("EventSourceArn", "")
        if arn.split(":")[2:3] != ["sqs"]:
            message = f"{arn or 'This event source'} is not there yet on the local platform."
            raise ApiError(_INVALID, message)
        called = self._functions.find(given["FunctionName"])
        if not self._queues.exists(arn):
            raise ApiError(_INVALID, _MISSING_QUEUE)
        function_arn = called.arn
        for other in self._mappings.values():
            if (other.queue_arn, other.settings["FunctionArn"]) == (arn, function_arn):
                raise ApiError(
                    "ResourceConflictException", f'An event source mapping with SQS arn (" {arn} ")'
                    f' and function (" {called.function.name} ") already exists. Please update or'
                    f" delete the existing mapping with UUID {other.settings['UUID']}"
                )  # fmt: skip
        identifier = self._context.new_id()
        settings = {
            "UUID": identifier,
            "BatchSize": 10,
            "MaximumBatchingWindowInSeconds": 0,
            "EventSourceArn": arn,
            "FunctionArn": function_arn,
            "FunctionResponseTypes": [],
            "LastModified": now,
            "State": "Creating",
            "StateTransitionReason": "USER_INITIATED",
            "EventSourceMappingArn": self._context.arn(
                "lambda", f"event-source-mapping:{identifier}"
            ),
        }
        mapping = _Mapping(settings, (), given.get("Enabled", True))
        self._change(mapping, given)
        self._mappings[identifier] = mapping
        watch = self._watches[identifier] = partial(self._poll, mapping)
        self._queues.watch(arn, watch)
        self._context.call_at(now + CREATING_S, partial(self._settle, mapping))
        return dict(settings)

    def _change(self, mapping: _Mapping, given: JsonObject) -> None:
        """Takes settings; raises ApiError for what AWS refuses, and changes nothing then."""
        names = (
            *("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes"),
            *("FilterCriteria", "ScalingConfig", "ProvisionedPollerConfig"),
        )
        new = {**mapping.settings, **{name: given[name] for name in names if name in given}}
        if "FunctionName" in given:
            new["FunctionArn"] = self._functions.find(given["FunctionName"]).arn
        queue = self._queues.find(mapping.queue_arn)
        is_fifo = mapping.queue_arn.endswith(".fifo")
        size, window = new["BatchSize"], new["MaximumBatchingWindowInSeconds"]
        problem = ""
        if is_fifo and window:
            problem = "Batching window is not supported for FIFO queues"
        elif size > BATCH_MAX and is_fifo:
            problem = f"Maximum batch size for FIFO queues is {BATCH_MAX}"
        elif size > BATCH_MAX and not window:
            problem = (
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is"
                " greater than 10"
            )
        called = self._functions.find(new["FunctionArn"])
        timeout = called.version.configuration["Timeout"]
        if queue and queue.number("VisibilityTimeout") < timeout:
            problem = (
                f"Queue visibility timeout: {queue.number('VisibilityTimeout')} seconds is less"
                f" than Function timeout: {timeout} seconds"
            )
        if problem:
            raise ApiError(_INVALID, problem)
        mapping.patterns = _patterns(new.get("FilterCriteria"))
        mapping.settings.update(new)

    def _settle(self, mapping: _Mapping, now: float) -> None:
        if mapping.settings["State"] != "Deleting":
            mapping.settings["State"] = "Enabled" if mapping.is_enabled else "Disabled"
            self._poll(mapping, now)

    def _mapping(self, given: JsonObject) -> _Mapping:
        if given["UUID"] not in self._mappings:
            message = "The resource you requested does not exist."
            raise ApiError("ResourceNotFoundException", message)
        return self._mappings[given["UUID"]]

    def _get_event_source_mapping(self, given: JsonObject, _now: float) -> JsonObject:
        return dict(self._mapping(given).settings)

    def _list_event_source_mappings(self, given: JsonObject, _now: float) -> JsonObject:
        wanted = given.get("FunctionName")
        function = self._functions.find(wanted).function.name if wanted else None
        listed = [
            dict(mapping.settings)
            for mapping in self._mappings.values()
            if given.get("EventSourceArn", mapping.queue_arn) == mapping.queue_arn
            and function in {None, mapping.settings["FunctionArn"].split(":")[6]}
        ]
        size = min(given.get("MaxItems", PAGE_MAX), PAGE_MAX)
        marker = given.get("Marker", "0")
        start = int(marker) if marker.isdecimal() else 0
        page: JsonObject = {"EventSourceMappings": listed[start : start + size]}
        if start + size < len(listed):
            page["NextMarker"] = str(start + size)
        return page

    def _update_event_source_mapping(self, given: JsonObject, now: float) -> JsonObject:
        mapping = self._mapping(given)
        self._change(mapping, given)
        mapping.is_enabled = given.get("Enabled", mapping.is_enabled)
        mapping.settings |= {"LastModified": now, "State": "Updating"}
        self._context.call_at(now + CREATING_S, partial(self._settle, mapping))
        return dict(mapping.settings)

    def _delete_event_source_mapping(self, given: JsonObject, now: float) -> JsonObject:
        mapping = self._mapping(given)
        self._queues.unwatch(mapping.queue_arn, self._watches.pop(given["UUID"]))
        del self._mappings[given["UUID"]]
        mapping.settings["State"] = "Deleting"
        for record in mapping.waiting.values():
            self._queues.release(mapping.queue_arn, record.receipt_handle, 0, now)
        mapping.waiting = {}
        return dict(mapping.settings)

    def _poll(self, mapping: _Mapping, now: float) -> None:
        """Takes what there is, up to what may be invoked at once."""
        while mapping.settings["State"] == "Enabled" and mapping.running < mapping.limit:
            size = mapping.settings["BatchSize"]
            wanted = min(BATCH_MAX, size - len(mapping.waiting))
            try:
                taken = self._queues.receive(mapping.queue_arn, wanted, now) if wanted > 0 else []
            except ApiError as error:
                mapping.settings["LastProcessingResult"] = f"PROBLEM: {error.message}"
                return
            for message in taken:
                record = self._record(mapping, message)
                if mapping.takes(record):
                    text = json.dumps(record, ensure_ascii=False).encode()
                    mapping.waiting[message.message_id] = _Record(record["receiptHandle"], text)
                    mapping.waiting_bytes += len(text)
                else:
                    self._queues.delete(mapping.queue_arn, message.receipt_handle, now)
            if not self._is_full(mapping):
                if taken:
                    continue
                self._close_later(mapping, now)
                return
            self._invoke(mapping, now)

    @staticmethod
    def _is_full(mapping: _Mapping) -> bool:
        is_complete: bool = len(mapping.waiting) >= mapping.settings["BatchSize"]
        return is_complete or mapping.waiting_bytes > BATCH_BYTES_MAX

    def _close_later(self, mapping: _Mapping, now: float) -> None:
        """Invokes with what has been collected when the window ends."""
        if not mapping.waiting:
            return
        window_s = mapping.settings["MaximumBatchingWindowInSeconds"]
        if not window_s:
            self._invoke(mapping, now)
        elif mapping.window is None:
            mapping.window = self._context.call_at(now + window_s, partial(self._close, mapping))

    def _close(self, mapping: _Mapping, now: float) -> None:
        mapping.window = None
        if mapping.waiting:
            self._invoke(mapping, now)

    def _invoke(self, mapping: _Mapping, now: float) -> None:
        batch = _fitting(mapping.waiting, mapping.settings["BatchSize"])
        mapping.waiting = {key: one for key, one in mapping.waiting.items() if key not in batch}
        mapping.waiting_bytes = sum(len(record.text) for record in mapping.waiting.values())
        if mapping.window:
            mapping.window.cancel()
            mapping.window = None
        mapping.running += 1
        self._start(mapping, batch, now)

    def _start(self, mapping: _Mapping, batch: _Batch, now: float) -> None:
        payload = b'{"Records": [%b]}' % _SEPARATOR.join(one.text for one in batch.values())
        # Without a trace header: a batch begins its own trace, linked to those of its messages.
        asked = Invocation(mapping.settings["FunctionArn"], payload)
        self._functions.invoke(asked, now, partial(self._ended, mapping, batch))

    def _start_again(self, mapping: _Mapping, batch: _Batch, now: float) -> None:
        """Starts a throttled batch with the messages that nobody else may receive yet."""
        held = {
            key: one
            for key, one in batch.items()
            if self._queues.holds(mapping.queue_arn, one.receipt_handle)
        }
        if held and mapping.settings["State"] != "Deleting":
            self._start(mapping, held, now)
        else:
            mapping.running -= 1
            self._poll(mapping, now)

    def _ended(
        self,
        mapping: _Mapping,
        batch: _Batch,
        result: InvocationResult | ApiError,
        now: float,
    ) -> None:
        if isinstance(result, ApiError):
            mapping.settings["LastProcessingResult"] = f"PROBLEM: {result.message}"
            again = partial(self._start_again, mapping, batch)
            self._context.call_at(now + RETRY_AFTER_THROTTLE_S, again)
            return
        mapping.running -= 1
        failed = self._failed(mapping, frozenset(batch), result)
        for key, record in batch.items():
            if key not in failed:
                self._queues.delete(mapping.queue_arn, record.receipt_handle, now)
        mapping.settings["LastProcessingResult"] = (
            "PROBLEM: Function call failed" if result.function_error else "OK"
        )
        self._poll(mapping, now)

    @staticmethod
    def _failed(mapping: _Mapping, ids: frozenset[str], result: InvocationResult) -> frozenset[str]:
        """Returns the ids of the messages that are to be received again [chapter 6.5]."""
        if result.function_error:
            return ids
        if _REPORTED not in mapping.settings["FunctionResponseTypes"]:
            return frozenset()
        try:
            answer = json.loads(result.payload or b"null")
        except (ValueError, RecursionError):
            return ids
        if not isinstance(answer, dict):
            return frozenset() if answer is None else ids
        reported = answer.get("batchItemFailures") or []
        if not isinstance(reported, list):
            return ids
        named = frozenset(
            str(item.get("itemIdentifier")) if isinstance(item, dict) else "" for item in reported
        )
        return named if ids.issuperset(named) else ids

    def _record(self, mapping: _Mapping, message: Message) -> JsonObject:
        received = message.received(["All"], [])
        record: JsonObject = {
            "messageId": message.message_id,
            "receiptHandle": received["ReceiptHandle"],
            "body": message.body,
            "attributes": received["Attributes"],
            "messageAttributes": {
                name: _shown(value) for name, value in message.attributes.items()
            },
            "md5OfBody": received["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": mapping.queue_arn,
            "awsRegion": self._context.region,
        }
        if message.attributes:
            record["md5OfMessageAttributes"] = attributes_md5(message.attributes)
        return record


def _shown(attribute: JsonObject) -> JsonObject:
    shown: JsonObject = {"stringListValues": [], "binaryListValues": []}
    if "StringValue" in attribute:
        shown["stringValue"] = attribute["StringValue"]
    if "BinaryValue" in attribute:
        shown["binaryValue"] = base64.b64encode(attribute["BinaryValue"]).decode()
    return {**shown, "dataType": attribute["DataType"]}


def _fitting(waiting: _Batch, size: int) -> _Batch:
    """Returns the first records, as many as fit into a payload and a batch, and at least one."""
    batch: _Batch = {}
    total = len(b'{"Records": []}')
    for key, record in islice(waiting.items(), size):
        total += len(record.text) + len(_SEPARATOR)
        if total > BATCH_BYTES_MAX and batch:
            break
        batch[key] = record
    return batch


def _patterns(criteria: JsonObject | None) -> tuple[Pattern, ...]:
    filters = (criteria or {}).get("Filters", [])
    if len(filters) > FILTERS_MAX:
        raise ApiError(_INVALID, f"A mapping has at most {FILTERS_MAX} filters.")
    try:
        return tuple(Pattern.parse(one.get("Pattern", "")) for one in filters)
    except InvalidPatternError as error:
        raise ApiError(_INVALID, "Invalid filter pattern definition.") from error


def _matches(pattern: Pattern, event: JsonObject) -> bool:
    try:
        return pattern.matches(event)
    except InvalidEventError:
        return False


def _parsed(body: str) -> object:
    """Returns a JSON body as an object; other text as it is [Lambda guide, event filtering]."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body
