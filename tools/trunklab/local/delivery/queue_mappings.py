"""Event source mappings of SQS: take messages, form batches, invoke, delete what succeeded."""

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from trunklab.local.delivery.context import Context, Due, Service
from trunklab.local.delivery.function_state import INVALID, Called, marked_page
from trunklab.local.delivery.functions import Functions
from trunklab.local.delivery.mapping_batches import (
    BATCH_BYTES_MAX,
    Batch,
    Record,
    failed_of,
    fitting,
    is_wanted,
    patterns_of,
    payload_of,
    record_of,
)
from trunklab.local.delivery.queue_requests import BATCH_MAX, VISIBILITY_S_MAX
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.steps import ApiError, Invocation, InvocationResult, JsonObject
from trunklab.patterns.pattern import Pattern

CONCURRENCY: Final = 5
"""Invocations at once with which a mapping starts on AWS [Lambda guide]."""
RETRY_AFTER_THROTTLE_S: Final = 1.0
"""AWS does not publish its curve; it retries until the visibility timeout ends [Lambda guide]."""
CREATING_S: Final = 0.2
PAGE_MAX: Final = 100
_REMOVABLE: Final = ("FilterCriteria", "ScalingConfig", "ProvisionedPollerConfig")
_REPORTED: Final = "ReportBatchItemFailures"
_MISSING_QUEUE: Final = (
    "Error occurred while ReceiveMessage. SQS Error Code:"
    " AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not"
    " exist."
)


@dataclass(slots=True, eq=False)
class _Mapping:
    settings: JsonObject
    """As GetEventSourceMapping answers."""
    patterns: tuple[Pattern, ...]
    is_enabled: bool
    """As it is to be when its state has settled."""
    waiting: Batch = field(default_factory=dict)
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
        if not arn:
            raise ApiError(INVALID, "Unrecognized event source.")
        if arn.split(":")[2:3] != ["sqs"]:
            raise ApiError(INVALID, f"{arn} is not there yet on the local platform.")
        if "StartingPosition" in given:
            raise ApiError(INVALID, "StartingPosition is not valid for SQS event sources.")
        called = self._called(given)
        if not self._queues.exists(arn):
            raise ApiError(INVALID, _MISSING_QUEUE)
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
            new["FunctionArn"] = self._called(given).arn
        # An empty object removes what was set before.
        new = {k: v for k, v in new.items() if k not in _REMOVABLE or any(v.values())}
        self._check(mapping.queue_arn, new)
        mapping.patterns = patterns_of(new.get("FilterCriteria"))
        mapping.settings.clear()
        mapping.settings |= new

    def _check(self, queue_arn: str, settings: JsonObject) -> None:
        """Raises ApiError for settings that do not fit the queue or the function."""
        queue, is_fifo = self._queues.find(queue_arn), queue_arn.endswith(".fifo")
        called = self._functions.find(settings["FunctionArn"])
        visibility = queue.number("VisibilityTimeout") if queue else VISIBILITY_S_MAX
        size, window = settings["BatchSize"], settings["MaximumBatchingWindowInSeconds"]
        timeout = called.version.configuration["Timeout"]
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
        elif settings.keys() >= {"ScalingConfig", "ProvisionedPollerConfig"}:
            problem = "MaximumConcurrency and ProvisionedPollerConfig exclude each other"
        elif visibility < timeout:
            problem = (
                f"Queue visibility timeout: {visibility} seconds is less than Function timeout:"
                f" {timeout} seconds"
            )
        if problem:
            raise ApiError(INVALID, problem)

    def _called(self, given: JsonObject) -> Called:
        try:
            return self._functions.find(given["FunctionName"])
        except ApiError as error:
            raise ApiError(INVALID, "Function does not exist") from error

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
        named = given.get("FunctionName", "").rpartition("function:")[2]
        listed = [
            dict(mapping.settings)
            for mapping in self._mappings.values()
            if given.get("EventSourceArn", mapping.queue_arn) == mapping.queue_arn
            and named in {"", mapping.settings["FunctionArn"].partition("function:")[2]}
        ]
        return marked_page("EventSourceMappings", listed, given, PAGE_MAX)

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
                record = record_of(message, mapping.queue_arn, self._context.region)
                if is_wanted(record, mapping.patterns):
                    text = json.dumps(record, ensure_ascii=False).encode()
                    mapping.waiting[message.message_id] = Record(record["receiptHandle"], text)
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
        batch = fitting(mapping.waiting, mapping.settings["BatchSize"])
        mapping.waiting = {key: one for key, one in mapping.waiting.items() if key not in batch}
        mapping.waiting_bytes = sum(len(record.text) for record in mapping.waiting.values())
        if mapping.window:
            mapping.window.cancel()
            mapping.window = None
        mapping.running += 1
        self._start(mapping, batch, now)

    def _start(self, mapping: _Mapping, batch: Batch, now: float) -> None:
        # Without a trace header: a batch begins its own trace, linked to those of its messages.
        asked = Invocation(mapping.settings["FunctionArn"], payload_of(batch))
        self._functions.invoke(asked, now, partial(self._ended, mapping, batch))

    def _start_again(self, mapping: _Mapping, batch: Batch, now: float) -> None:
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
        batch: Batch,
        result: InvocationResult | ApiError,
        now: float,
    ) -> None:
        if isinstance(result, ApiError):
            mapping.settings["LastProcessingResult"] = f"PROBLEM: {result.message}"
            again = partial(self._start_again, mapping, batch)
            self._context.call_at(now + RETRY_AFTER_THROTTLE_S, again)
            return
        mapping.running -= 1
        is_partial = _REPORTED in mapping.settings["FunctionResponseTypes"]
        failed = failed_of(result, frozenset(batch), is_partial=is_partial)
        for key, record in batch.items():
            if key not in failed:
                self._queues.delete(mapping.queue_arn, record.receipt_handle, now)
        mapping.settings["LastProcessingResult"] = (
            "PROBLEM: Function call failed" if result.function_error else "OK"
        )
        self._poll(mapping, now)
