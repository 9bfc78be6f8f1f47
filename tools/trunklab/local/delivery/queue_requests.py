"""Requests to SQS: batches, receipt handles, deduplication, pages."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Final

from trunklab.local.delivery import messages
from trunklab.local.delivery.messages import INVALID, Message, invalid
from trunklab.local.delivery.paging import Paging
from trunklab.local.delivery.queue import Queue
from trunklab.local.delivery.queue_attributes import allows_redrive
from trunklab.local.delivery.steps import ApiError, JsonObject

BATCH_MAX: Final = 10
VISIBILITY_S_MAX: Final = 43_200
LISTED_MAX: Final = 1_000
DELAY_S_MAX: Final = 900
_OTHER_TYPE: Final = "The request include parameter that is not valid for this queue type."
_BATCH_ID: Final = re.compile(r"[\w-]{1,80}", re.ASCII)


def message_of(queue: Queue, handle: str) -> Message | None:
    """Returns the message whose newest receive a handle names.

    Raises ApiError for a handle that SQS never made.
    """
    try:
        message_id, _, token = base64.b64decode(handle, validate=True).decode().partition(" ")
    except ValueError:
        message_id = token = ""
    if not token:
        message = f'The input receipt handle "{handle}" is not a valid receipt handle.'
        raise ApiError("ReceiptHandleIsInvalid", message)
    found = queue.messages.get(message_id)
    return found if found and found.handle == token else None


def held_message(queue: Queue, handle: str) -> Message | None:
    """Returns the message of a handle if it is in flight since; raises ApiError as above."""
    found = message_of(queue, handle)
    return found if found and found.in_flight else None


def delete_message(queue: Queue, handle: str) -> None:
    """Deletes the message if it was not received again since; raises ApiError."""
    message = message_of(queue, handle)
    if message is not None and queue.is_fifo and not message.in_flight:
        raise invalid(handle, "ReceiptHandle", "The receipt handle has expired.")
    if message is not None:
        queue.forget(message)


def deduplication_key(
    queue: Queue, given: JsonObject, system: dict[str, str]
) -> tuple[str, str] | None:
    """Returns what a FIFO queue recognises duplicates by; None for a standard queue."""
    explicit = given.get("MessageDeduplicationId")
    if not queue.is_fifo:
        if explicit is not None:
            raise invalid(explicit, "MessageDeduplicationId", _OTHER_TYPE)
        return None
    if "MessageGroupId" not in system:
        message = "The request must contain the parameter MessageGroupId."
        raise ApiError("MissingParameter", message)
    if explicit is None:
        if queue.attributes.get("ContentBasedDeduplication") != "true":
            raise ApiError(
                INVALID, "The queue should either have ContentBasedDeduplication enabled or"
                " MessageDeduplicationId provided explicitly"
            )  # fmt: skip
        explicit = hashlib.sha256(given["MessageBody"].encode()).hexdigest()
    system["MessageDeduplicationId"] = messages.checked_id("MessageDeduplicationId", explicit)
    by_group = queue.attributes.get("DeduplicationScope") == "messageGroup"
    return system["MessageGroupId"] if by_group else "", explicit


def sent_answer(message: Message) -> JsonObject:
    """Returns a message as SendMessage answers."""
    answered: JsonObject = {
        "MessageId": message.message_id,
        "MD5OfMessageBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
    }
    if message.attributes:
        answered["MD5OfMessageAttributes"] = messages.attributes_md5(message.attributes)
    if "AWSTraceHeader" in message.system:
        header = {"DataType": "String", "StringValue": message.system["AWSTraceHeader"]}
        answered["MD5OfMessageSystemAttributes"] = messages.attributes_md5(
            {"AWSTraceHeader": header}
        )
    if "SequenceNumber" in message.system:
        answered["SequenceNumber"] = message.system["SequenceNumber"]
    return answered


def batch_answer(
    entries: list[JsonObject], name: str, each: Callable[[JsonObject], JsonObject | None]
) -> JsonObject:
    """Handles the entries one by one; raises ApiError for a batch that SQS refuses whole."""
    _check_batch([entry["Id"] for entry in entries], name)
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **(each(entry) or {})})
        except ApiError as error:
            problem = {"Code": error.code, "Message": error.message, "SenderFault": True}
            failed.append({"Id": entry["Id"], **problem})
    answered = {"Successful": successful, "Failed": failed}
    return {key: listed for key, listed in answered.items() if listed}


def _check_batch(ids: list[str], name: str) -> None:
    if not ids:
        message = f"There should be at least one {name}RequestEntry in the request."
        raise ApiError("EmptyBatchRequest", message)
    if len(ids) > BATCH_MAX:
        message = (
            f"Maximum number of entries per request are {BATCH_MAX}. You have sent {len(ids)}."
        )
        raise ApiError("TooManyEntriesInBatchRequest", message)
    for number, entry_id in enumerate(ids):
        if not _BATCH_ID.fullmatch(entry_id):
            raise ApiError(
                "InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters,"
                " hyphens and underscores. It can be at most 80 letters long."
            )  # fmt: skip
        if entry_id in ids[:number]:
            raise ApiError("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")


def check_range(parameter: str, value: float, low: int, high: int) -> None:
    """Raises ApiError for a number that SQS refuses."""
    if not low <= value <= high:
        raise invalid(value, parameter, f"Must be between {low} and {high}, if provided.")


def numbered_page(name: str, items: list[str], given: JsonObject) -> JsonObject:
    """Returns one page of a list; the token is the place of the next item."""
    size = given.get("MaxResults", LISTED_MAX)
    check_range("MaxResults", size, 1, LISTED_MAX)
    page = Paging(invalid=INVALID).page(name, items, given, size) if items else {}
    if "MaxResults" not in given:
        page.pop("NextToken", None)  # SQS pages only on request [SQS API reference]
    return page


def check_delay(queue: Queue, delay: int | None) -> None:
    """Raises ApiError for a delay that SQS refuses for a message of this queue."""
    if delay is not None and (not 0 <= delay <= DELAY_S_MAX or (queue.is_fifo and delay)):
        reason = f"DelaySeconds must be >= 0 and <= {DELAY_S_MAX}."
        raise invalid(delay, "DelaySeconds", _OTHER_TYPE if queue.is_fifo else reason)


def check_dead_letters(queue: Queue, policy: str, dead_letters: Queue | None) -> None:
    """Raises ApiError if the dead-letter queue is missing, of another type or not allowed."""
    problem = ""
    if dead_letters is None:
        problem = "Dead letter target does not exist."
    elif dead_letters.is_fifo != queue.is_fifo:
        problem = "Dead-letter queue must be same type of queue as the source."
    elif not allows_redrive(dead_letters.attributes, queue.arn):
        problem = "Dead letter target does not allow this source queue."
    if problem:
        raise invalid(policy, "RedrivePolicy", problem)


def change_visibility(queue: Queue, given: JsonObject, now: float) -> None:
    """Sets when a message in flight can be received again; raises ApiError."""
    seconds, handle = given["VisibilityTimeout"], given["ReceiptHandle"]
    check_range("VisibilityTimeout", seconds, 0, VISIBILITY_S_MAX)
    message = held_message(queue, handle)
    if message is None:
        reason = "does not exist or is not available for visibility timeout change."
        raise invalid(handle, "ReceiptHandle", f"Message {reason}")
    if now + seconds > message.received_at + VISIBILITY_S_MAX:
        reason = "Total VisibilityTimeout for the message is beyond the limit"
        raise invalid(seconds, "VisibilityTimeout", f"{reason} [{VISIBILITY_S_MAX} seconds].")
    queue.put_back(message, seconds, now)
