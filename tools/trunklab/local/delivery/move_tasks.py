"""Message move tasks of SQS: dead letters go back to where they came from, or elsewhere."""

import base64
import json
from dataclasses import dataclass
from typing import Final

from trunklab.local.delivery.context import Context, Service
from trunklab.local.delivery.messages import INVALID, Message, invalid
from trunklab.local.delivery.queue import Queue
from trunklab.local.delivery.queue_requests import check_range
from trunklab.local.delivery.queues import Queues
from trunklab.local.delivery.steps import ApiError, JsonObject

PER_SECOND_MAX: Final = 500
"""Messages that a task moves in a second [service model]."""
_AT_ONCE: Final = 100
"""Messages moved in one step, so that a long task never delays an event."""
_SOURCE: Final = "DeadLetterQueueSourceArn"
_LISTED_MAX: Final = 10
_KEPT_MAX: Final = 100


@dataclass(slots=True, eq=False)
class _Task:
    handle: str
    source: Queue
    destination: str | None
    per_second: int | None
    started: float
    to_move: int
    moved: int = 0
    status: str = "RUNNING"
    failure: str = ""

    def shown(self) -> JsonObject:
        """Returns the task as ListMessageMoveTasks answers."""
        optional: JsonObject = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "DestinationArn": self.destination,
            "MaxNumberOfMessagesPerSecond": self.per_second,
            "FailureReason": self.failure or None,
        }
        return {
            "Status": self.status,
            "SourceArn": self.source.arn,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "StartedTimestamp": int(self.started * 1000),
            **{name: value for name, value in optional.items() if value is not None},
        }


class MoveTasks(Service):
    """The tasks of all queues, the newest first; old ones are forgotten."""

    def __init__(self, context: Context, queues: Queues) -> None:
        self._context = context
        self._queues = queues
        self._tasks: list[_Task] = []

    def _start_message_move_task(self, given: JsonObject, now: float) -> JsonObject:
        source = self._queues.find(given["SourceArn"]) or _refuse("SourceArn")
        destination = given.get("DestinationArn")
        if destination is not None and not self._queues.exists(destination):
            _refuse("DestinationArn")
        if destination == source.arn:
            message = "Source queue arn and destination queue arn cannot be the same."
            raise ApiError(INVALID, message)
        if not self._queues.sources_of(source.arn):
            raise ApiError(INVALID, "Source queue must be configured as a Dead Letter Queue.")
        if any(task.status == "RUNNING" for task in self._of(source.arn)):
            raise ApiError(
                INVALID, "There is already a task running. Only one active task is allowed for a"
                " source queue arn at a given time."
            )  # fmt: skip
        per_second = given.get("MaxNumberOfMessagesPerSecond")
        if per_second is not None and not 1 <= per_second <= PER_SECOND_MAX:
            reason = f"You must specify a value from 1 to {PER_SECOND_MAX}."
            raise invalid(per_second, "MaxNumberOfMessagesPerSecond", reason)
        named = {"taskId": self._context.new_id(), "sourceArn": source.arn}
        handle = base64.b64encode(json.dumps(named).encode()).decode()
        task = _Task(handle, source, destination, per_second, now, source.visible)
        self._tasks = [*self._tasks, task][-_KEPT_MAX:]
        self._context.call_at(now, lambda now: self._move(task, now))
        return {"TaskHandle": handle}

    def _list_message_move_tasks(self, given: JsonObject, _now: float) -> JsonObject:
        source = self._queues.find(given["SourceArn"]) or _refuse("SourceArn")
        size = given.get("MaxResults", 1)
        check_range("MaxResults", size, 1, _LISTED_MAX)
        return {"Results": [task.shown() for task in self._of(source.arn)][:size]}

    def _cancel_message_move_task(self, given: JsonObject, _now: float) -> JsonObject:
        try:
            named = json.loads(base64.b64decode(given["TaskHandle"], validate=True))
            source_arn = str(named["sourceArn"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise ApiError(INVALID, "Value for parameter TaskHandle is invalid.") from error
        source = self._queues.find(source_arn) or _refuse("SourceArn")
        for task in self._of(source.arn):
            if task.handle == given["TaskHandle"] and task.status == "RUNNING":
                task.status = "CANCELLED"
                return {"ApproximateNumberOfMessagesMoved": task.moved}
        raise ApiError("ResourceNotFoundException", "Task does not exist.")

    def _of(self, source_arn: str) -> list[_Task]:
        return [task for task in reversed(self._tasks) if task.source.arn == source_arn]

    def _move(self, task: _Task, now: float) -> None:
        if task.status != "RUNNING":
            return
        wanted = 1 if task.per_second else _AT_ONCE
        taken = task.source.take(wanted, task.source.number("VisibilityTimeout"), _stays, now)
        for number, message in enumerate(taken):
            try:
                self._resend(task, message, now)
            except ApiError as error:
                for left in taken[number:]:
                    task.source.put_back(left, 0, now)
                task.status, task.failure = "FAILED", error.code
                return
            task.source.forget(message)
            task.moved += 1
        if len(taken) < wanted:
            task.status = "COMPLETED"
        else:
            pause = 1 / task.per_second if task.per_second else 0
            # A moment later even without a pause: other inputs come in between.
            self._context.call_at(now + max(pause, 0.001), lambda now: self._move(task, now))

    def _resend(self, task: _Task, message: Message, now: float) -> None:
        """Sends the message as a new one: new id, receive count from zero."""
        target = task.destination or message.system.get(_SOURCE)
        if target is None:
            raise ApiError("CouldNotDetermineMessageSource", "no queue sent it here")
        if not self._queues.exists(target):
            raise ApiError("AWS.SimpleQueueService.NonExistentQueue", "no such queue")
        trace = message.system.get("AWSTraceHeader")
        header = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}
        is_fifo = "MessageDeduplicationId" in message.system
        optional: JsonObject = {
            "MessageSystemAttributes": header if trace else None,
            "MessageGroupId": message.system.get("MessageGroupId"),
            # Its own id may still be remembered as sent: the message would be lost.
            "MessageDeduplicationId": self._context.new_id() if is_fifo else None,
        }
        given = {name: value for name, value in optional.items() if value is not None}
        content = {"MessageBody": message.body, "MessageAttributes": message.attributes}
        self._queues.send(target, {**content, **given}, now)


def _stays(_message: Message) -> bool:
    return False


def _refuse(parameter: str) -> Queue:
    message = f"The resource that you specified for the {parameter} parameter doesn't exist."
    raise ApiError("ResourceNotFoundException", message)
