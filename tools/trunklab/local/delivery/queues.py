"""SQS: queues by name, and the operations of its API."""

import json
from dataclasses import replace
from typing import Final

from trunklab.local.delivery import messages, queue_attributes, queue_permissions
from trunklab.local.delivery.context import Action, Context, Service
from trunklab.local.delivery.long_polls import LongPolls
from trunklab.local.delivery.messages import Message
from trunklab.local.delivery.queue import Queue
from trunklab.local.delivery.queue_requests import (
    BATCH_MAX,
    VISIBILITY_S_MAX,
    batch_answer,
    change_visibility,
    check_dead_letters,
    check_delay,
    check_range,
    deduplication_key,
    delete_message,
    held_message,
    numbered_page,
    sent_answer,
)
from trunklab.local.delivery.steps import ApiCall, ApiError, JsonObject

WAIT_S_MAX: Final = 20
PURGE_PAUSE_S: Final = 60
_SEQUENCE_START: Final = 18_000_000_000_000_000_000


class Queues(Service):
    """All queues of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queues: dict[str, Queue] = {}
        self._polls = LongPolls(context, self._received)
        self._watchers: dict[str, list[Action]] = {}
        """By the name of the queue: a queue that is created again has those of the one before."""

    def call(self, call: ApiCall, now: float) -> JsonObject | None:
        """Answers an operation; None if a long poll waits. Raises ApiError."""
        if call.operation == "ReceiveMessage":
            return self._receive(call.call_id, call.parameters, now)
        if call.operation in {"SendMessage", "SendMessageBatch"} and call.trace_header:
            header = {"DataType": "String", "StringValue": call.trace_header}
            for message in call.parameters.get("Entries", [call.parameters]):
                system = message.get("MessageSystemAttributes", {})
                message["MessageSystemAttributes"] = {"AWSTraceHeader": header, **system}
        return super().call(call, now)

    def forget(self, call_id: int) -> None:
        """Ends a long poll whose client has gone."""
        self._polls.forget(call_id)

    def all(self) -> list[Queue]:
        """Returns every queue, by name."""
        return [self._queues[name] for name in sorted(self._queues)]

    def find(self, queue_arn: str) -> Queue | None:
        """Returns a queue of this account and region by its ARN."""
        found = self._queues.get(queue_arn.rpartition(":")[2])
        return found if found and found.arn == queue_arn else None

    def exists(self, queue_arn: str) -> bool:
        """True if there is such a queue."""
        return self.find(queue_arn) is not None

    def policy(self, queue_arn: str) -> JsonObject | None:
        """Returns the resource policy of a queue."""
        found = self.find(queue_arn)
        text = found.attributes.get("Policy") if found else None
        policy: JsonObject | None = json.loads(text) if text else None
        return policy

    def send(self, queue_arn: str, message: JsonObject, now: float) -> str:
        """Sends a message for another service and returns its id.

        `message` has the members of SendMessage. Raises ApiError.
        """
        return self._send(self.find(queue_arn) or _refuse_missing(), message, now).message_id

    def receive(
        self, queue_arn: str, maximum: int, now: float, visibility_s: float | None = None
    ) -> list[Message]:
        """Takes up to `maximum` messages; [] if the queue does not exist."""
        found = self.find(queue_arn)
        return self._take(found, maximum, visibility_s, now) if found else []

    def delete(self, queue_arn: str, receipt_handle: str, now: float) -> None:
        """Deletes a message that was received, unless its receive is out of date."""
        del now
        found = self.find(queue_arn)
        if found and (not found.is_fifo or held_message(found, receipt_handle)):
            delete_message(found, receipt_handle)

    def release(self, queue_arn: str, receipt_handle: str, visibility_s: float, now: float) -> None:
        """Sets when a received message can be received again."""
        found = self.find(queue_arn)
        message = held_message(found, receipt_handle) if found else None
        if found and message:
            found.put_back(message, visibility_s, now)

    def holds(self, queue_arn: str, receipt_handle: str) -> bool:
        """True if the message is in flight and was not received again since."""
        found = self.find(queue_arn)
        return found is not None and held_message(found, receipt_handle) is not None

    def watch(self, queue_arn: str, action: Action) -> None:
        """Runs `action` whenever messages become available; raises ApiError without the queue."""
        (self.find(queue_arn) or _refuse_missing()).watchers.append(action)

    def unwatch(self, queue_arn: str, action: Action) -> None:
        """Ends `watch`."""
        self._watchers[queue_arn.rpartition(":")[2]].remove(action)

    def _queue(self, given: JsonObject) -> Queue:
        url: str = given["QueueUrl"]
        return self._queues.get(url.rpartition("/")[2]) or _refuse_missing()

    def _create_queue(self, given: JsonObject, now: float) -> JsonObject:
        name, attributes = given["QueueName"], given.get("Attributes", {})
        is_fifo = attributes.get("FifoQueue") == "true"
        queue_attributes.check_name(name, is_fifo=is_fifo)
        queue_attributes.checked(attributes, is_fifo=is_fifo, is_new=True)
        existing = self._queues.get(name)
        if existing is None:
            full = queue_attributes.with_defaults(attributes, is_fifo=is_fifo)
            existing = Queue(self._context, name, full, now)
            self._check_redrive(existing, full)
            existing.tags = dict(given.get("tags", {}))
            existing.watchers = self._watchers.setdefault(name, [])
            self._queues[name] = existing
        for key, value in attributes.items():
            if existing.attributes.get(key, "") != value:
                raise ApiError(
                    "QueueNameExists", "A queue already exists with the same name and a different"
                    f" value for attribute {key}"
                )  # fmt: skip
        return {"QueueUrl": existing.url}

    def _delete_queue(self, given: JsonObject, now: float) -> JsonObject:
        queue = self._queue(given)
        queue.purge(now)
        del self._queues[queue.name]
        self._polls.end_all(queue)
        return {}

    def _get_queue_url(self, given: JsonObject, _now: float) -> JsonObject:
        found = self._queues.get(given["QueueName"]) or _refuse_missing()
        return {"QueueUrl": found.url}

    def _list_queues(self, given: JsonObject, _now: float) -> JsonObject:
        prefix = given.get("QueueNamePrefix", "")
        urls = [queue.url for queue in self.all() if queue.name.startswith(prefix)]
        return numbered_page("QueueUrls", urls, given)

    def _list_dead_letter_source_queues(self, given: JsonObject, _now: float) -> JsonObject:
        return numbered_page(
            "queueUrls", [one.url for one in self.sources_of(self._queue(given).arn)], given
        )

    def sources_of(self, queue_arn: str) -> list[Queue]:
        """Returns the queues that have this one as their dead-letter queue."""
        return [
            queue
            for queue in self.all()
            if (redrive := queue_attributes.redrive_of(queue.attributes))
            and redrive[0] == queue_arn
        ]

    def _get_queue_attributes(self, given: JsonObject, _now: float) -> JsonObject:
        queue = self._queue(given)
        attributes = {
            **queue.attributes,
            "QueueArn": queue.arn,
            "ApproximateNumberOfMessages": str(queue.visible),
            "ApproximateNumberOfMessagesNotVisible": str(queue.in_flight),
            "ApproximateNumberOfMessagesDelayed": str(queue.delayed),
            "CreatedTimestamp": str(int(queue.created)),
            "LastModifiedTimestamp": str(int(queue.modified)),
        }
        wanted = given.get("AttributeNames", [])
        if "All" not in wanted:
            for name in wanted:
                if name not in attributes and not queue_attributes.is_known(name):
                    raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
            attributes = {name: attributes[name] for name in wanted if name in attributes}
        return {"Attributes": attributes} if attributes else {}

    def _set_queue_attributes(self, given: JsonObject, now: float) -> JsonObject:
        queue = self._queue(given)
        new = queue_attributes.checked(given["Attributes"], is_fifo=queue.is_fifo, is_new=False)
        self._check_redrive(queue, new)
        queue.attributes = queue_attributes.merged(queue.attributes, new)
        queue.modified = now
        return {}

    def _check_redrive(self, queue: Queue, attributes: dict[str, str]) -> None:
        redrive = queue_attributes.redrive_of(attributes)
        if redrive:
            check_dead_letters(queue, attributes["RedrivePolicy"], self.find(redrive[0]))

    def _tag_queue(self, given: JsonObject, _now: float) -> JsonObject:
        self._queue(given).tags.update(given["Tags"])
        return {}

    def _untag_queue(self, given: JsonObject, _now: float) -> JsonObject:
        tags = self._queue(given).tags
        for key in given["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _list_queue_tags(self, given: JsonObject, _now: float) -> JsonObject:
        tags = self._queue(given).tags
        return {"Tags": tags} if tags else {}

    def _purge_queue(self, given: JsonObject, now: float) -> JsonObject:
        queue = self._queue(given)
        if now < queue.purged + PURGE_PAUSE_S:
            raise ApiError(
                "PurgeQueueInProgress", f"Only one PurgeQueue operation on {queue.name} is allowed"
                f" every {PURGE_PAUSE_S} seconds."
            )  # fmt: skip
        queue.purge(now)
        return {}

    def _add_permission(self, given: JsonObject, _now: float) -> JsonObject:
        queue_permissions.add_permission(self._queue(given), given)
        return {}

    def _remove_permission(self, given: JsonObject, _now: float) -> JsonObject:
        queue_permissions.remove_permission(self._queue(given), given)
        return {}

    def _send_message(self, given: JsonObject, now: float) -> JsonObject:
        return sent_answer(self._send(self._queue(given), given, now))

    def _send_message_batch(self, given: JsonObject, now: float) -> JsonObject:
        queue, entries = self._queue(given), given["Entries"]
        total = sum(
            messages.size_of(entry["MessageBody"], entry.get("MessageAttributes", {}))
            for entry in entries
        )
        if total > messages.SIZE_MAX:
            raise ApiError(
                "BatchRequestTooLong", f"Batch requests cannot be longer than {messages.SIZE_MAX}"
                f" bytes. You have sent {total} bytes."
            )  # fmt: skip
        return batch_answer(
            entries, "SendMessageBatch", lambda entry: sent_answer(self._send(queue, entry, now))
        )

    def _send(self, queue: Queue, given: JsonObject, now: float) -> Message:
        body, attributes = given.get("MessageBody", ""), given.get("MessageAttributes", {})
        size = messages.checked_size(body, attributes, queue.number("MaximumMessageSize"))
        trace = messages.trace_header(given.get("MessageSystemAttributes"))
        system = {"SenderId": self._context.account}
        if trace:
            system["AWSTraceHeader"] = trace
        if group := given.get("MessageGroupId"):
            system["MessageGroupId"] = messages.checked_id("MessageGroupId", group)
        key = deduplication_key(queue, given, system)
        delay = given.get("DelaySeconds")
        check_delay(queue, delay)
        duplicate = queue.duplicate_of(key, now) if key else None
        if duplicate:
            # The digests in the answer are of what was sent now.
            return replace(duplicate, body=body, attributes=attributes)
        order = queue.next_order()
        if queue.is_fifo:
            system["SequenceNumber"] = str(_SEQUENCE_START + order)
        made = Message(self._context.new_id(), body, attributes, system, now, order, size)
        if key:
            queue.remember(key, replace(made, body="", attributes={}), now)
        queue.add(made, queue.number("DelaySeconds") if delay is None else delay, now)
        return made

    def _receive(self, call_id: int, given: JsonObject, now: float) -> JsonObject | None:
        queue = self._queue(given)
        maximum = given.setdefault("MaxNumberOfMessages", 1)
        wait_s = given.get("WaitTimeSeconds", queue.number("ReceiveMessageWaitTimeSeconds"))
        check_range("MaxNumberOfMessages", maximum, 1, BATCH_MAX)
        if not 0 <= wait_s <= WAIT_S_MAX:
            reason = f"Must be >= 0 and <= {WAIT_S_MAX}, if provided."
            raise messages.invalid(wait_s, "WaitTimeSeconds", reason)
        if "VisibilityTimeout" in given:
            check_range("VisibilityTimeout", given["VisibilityTimeout"], 0, VISIBILITY_S_MAX)
        received = self._received(queue, given, now)
        if received or not wait_s:
            return {"Messages": received} if received else {}
        self._polls.add(call_id, queue, given, wait_s, now)
        return None

    def _received(self, queue: Queue, given: JsonObject, now: float) -> list[JsonObject]:
        attempt = given.get("ReceiveRequestAttemptId") if queue.is_fifo else None
        visibility = given.get("VisibilityTimeout", queue.number("VisibilityTimeout"))
        taken = queue.attempts.taken(attempt, now) if attempt else []
        is_repeat = bool(taken)
        for message in taken:
            queue.put_back(message, visibility, now)
        taken = taken or self._take(queue, given["MaxNumberOfMessages"], visibility, now)
        if attempt:
            queue.attempts.keep(attempt, taken, is_repeat=is_repeat, now=now)
        shown = [*given.get("MessageSystemAttributeNames", []), *given.get("AttributeNames", [])]
        return [one.received(shown, given.get("MessageAttributeNames", [])) for one in taken]

    def _take(
        self, queue: Queue, maximum: int, visibility_s: float | None, now: float
    ) -> list[Message]:
        if queue.is_over_limit:
            if queue.is_fifo:  # returns no error messages [service model]
                return []
            raise ApiError("OverLimit", f"Too many messages of {queue.name} are in flight.")
        visibility = queue.number("VisibilityTimeout") if visibility_s is None else visibility_s
        redrive = queue_attributes.redrive_of(queue.attributes)
        target = self.find(redrive[0]) if redrive else None

        def is_moved(message: Message) -> bool:
            receives = message.receive_count - message.earlier_receives
            if redrive is None or target is None or receives < redrive[1]:
                return False
            self._move_to_dead_letters(queue, target, message, now)
            return True

        return queue.take(maximum, visibility, is_moved, now)

    def _move_to_dead_letters(
        self, queue: Queue, target: Queue, message: Message, now: float
    ) -> None:
        """Keeps id, attributes, receive count and, unless it is FIFO, the time of sending.

        [SQS Developer Guide, dead-letter queues]
        """
        queue.forget(message)
        system = {**message.system, "DeadLetterQueueSourceArn": queue.arn}
        order = target.next_order()
        if target.is_fifo:
            system["SequenceNumber"] = str(_SEQUENCE_START + order)
        moved = replace(
            message,
            system=system,
            sent=now if target.is_fifo else message.sent,
            order=order,
            earlier_receives=message.receive_count,
            handle="",
            is_deleted=False,
        )
        target.add(moved, 0, now)

    def _delete_message(self, given: JsonObject, _now: float) -> JsonObject:
        delete_message(self._queue(given), given["ReceiptHandle"])
        return {}

    def _delete_message_batch(self, given: JsonObject, _now: float) -> JsonObject:
        queue = self._queue(given)
        return batch_answer(
            *(given["Entries"], "DeleteMessageBatch"),
            lambda entry: delete_message(queue, entry["ReceiptHandle"]),
        )

    def _change_message_visibility(self, given: JsonObject, now: float) -> JsonObject:
        change_visibility(self._queue(given), given, now)
        return {}

    def _change_message_visibility_batch(self, given: JsonObject, now: float) -> JsonObject:
        queue = self._queue(given)
        return batch_answer(
            *(given["Entries"], "ChangeMessageVisibilityBatch"),
            lambda entry: change_visibility(queue, {"VisibilityTimeout": 0, **entry}, now),
        )


def _refuse_missing() -> Queue:
    raise ApiError("QueueDoesNotExist", "The specified queue does not exist.")
