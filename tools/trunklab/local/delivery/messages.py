"""Messages of SQS: their checks, digests and attributes."""

import base64
import hashlib
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.local.delivery.steps import ApiError, JsonObject

SIZE_MAX: Final = 1_048_576
"""Bytes of a message, or of all messages of a batch, attributes included [SQS quotas]."""
ATTRIBUTES_MAX: Final = 10
ID_LENGTH_MAX: Final = 128
"""Of a group id and of a deduplication id."""

INVALID: Final = "InvalidParameterValue"
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ID: Final = re.compile(r"[!-~]{1,128}")
_ATTRIBUTE_NAME: Final = re.compile(
    r"(?a)(?!(?i:aws|amazon)\.)(?!.*\.\.)(?!\.)[\w.-]{1,256}(?<!\.)"
)
_NUMBER: Final = re.compile(r"(?a)[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRANSPORT: Final = {"String": b"\x01", "Number": b"\x01", "Binary": b"\x02"}
_TRACE: Final = "AWSTraceHeader"


@dataclass(slots=True, eq=False)
class Message:
    """A message in a queue."""

    message_id: str
    body: str
    attributes: JsonObject
    """Message attributes as boto3 takes them."""
    system: dict[str, str]
    """System attributes that never change: sender, trace header, group, source queue."""
    sent: float
    order: int
    """Rises with every message that a queue receives."""
    size: int
    first_received: float = 0.0
    received_at: float = 0.0
    """When it was received last."""
    receive_count: int = 0
    earlier_receives: int = 0
    """Those in the queues that it was dead-lettered from."""
    handle: str = ""
    """Names the newest receive; empty before the first."""
    due: float = 0.0
    """When a message that cannot be received becomes available."""
    is_hidden: bool = False
    """True while it is delayed or in flight."""
    is_deleted: bool = False

    @property
    def group(self) -> str:
        """The message group; empty without one."""
        return self.system.get("MessageGroupId", "")

    @property
    def receipt_handle(self) -> str:
        """The receipt handle that clients see."""
        return base64.b64encode(f"{self.message_id} {self.handle}".encode()).decode()

    @property
    def in_flight(self) -> bool:
        """True while a consumer has it."""
        return self.is_hidden and bool(self.handle)

    def received(self, shown: Iterable[str], shown_attributes: Iterable[str]) -> JsonObject:
        """Returns the message as ReceiveMessage answers, with the attributes that are shown."""
        answered: JsonObject = {
            "MessageId": self.message_id,
            "ReceiptHandle": self.receipt_handle,
            "MD5OfBody": hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest(),
            "Body": self.body,
        }
        wanted = set(shown)
        attributes = self.all_system_attributes()
        if wanted and "All" not in wanted:
            attributes = {name: attributes[name] for name in attributes if name in wanted}
        if wanted and attributes:
            answered["Attributes"] = attributes
        picked = picked_attributes(self.attributes, shown_attributes)
        if picked:
            answered["MessageAttributes"] = picked
            answered["MD5OfMessageAttributes"] = attributes_md5(picked)
        return answered

    def all_system_attributes(self) -> dict[str, str]:
        """Returns every system attribute, as strings."""
        return {
            **self.system,
            "SentTimestamp": str(int(self.sent * 1000)),
            "ApproximateReceiveCount": str(self.receive_count),
            "ApproximateFirstReceiveTimestamp": str(int(self.first_received * 1000)),
        }


def invalid(value: object, parameter: str, reason: str) -> ApiError:
    """Returns the error for a value of a parameter that SQS refuses."""
    message = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    return ApiError(INVALID, message)


def picked_attributes(attributes: JsonObject, names: Iterable[str]) -> JsonObject:
    """Returns the attributes that names ask for: `All`, `.*`, a name, or a prefix with `.*`."""
    wanted = set(names)
    if wanted & {"All", ".*"}:
        return attributes
    prefixes = tuple(name.removesuffix("*") for name in wanted if name.endswith(".*"))
    return {
        name: value
        for name, value in attributes.items()
        if name in wanted or (prefixes and name.startswith(prefixes))
    }


def checked_size(body: str, attributes: Mapping[str, Any], limit: int = SIZE_MAX) -> int:
    """Returns a message's size in bytes; raises ApiError for what AWS refuses."""
    if not body:
        raise ApiError("MissingParameter", "The request must contain the parameter MessageBody.")
    strings = (value.get("StringValue", "") for value in attributes.values())
    if any(_NOT_XML.search(text) for text in (body, *strings)):
        raise ApiError(
            "InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9"
            " | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
        )  # fmt: skip
    for name, value in attributes.items():
        _check_attribute(name, value)
    if len(attributes) > ATTRIBUTES_MAX:
        raise ApiError(
            INVALID, f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum"
            f" [{ATTRIBUTES_MAX}]."
        )  # fmt: skip
    size = size_of(body, attributes)
    if size > limit:
        reason = f"Message must be shorter than {limit} bytes."
        raise ApiError(INVALID, f"One or more parameters are invalid. Reason: {reason}")
    return size


def size_of(body: str, attributes: Mapping[str, JsonObject]) -> int:
    """Returns the bytes that count towards limits: names, types and values of attributes too."""
    parts: list[str | bytes] = [body]
    for name, value in attributes.items():
        given = value.get("StringValue", ""), value.get("BinaryValue", "")
        parts += [name, value.get("DataType", ""), *given]
    # A batch is measured before its entries are checked: lone surrogates may be in it.
    return sum(
        len(part if isinstance(part, bytes) else part.encode(errors="surrogatepass"))
        for part in parts
    )


def _check_attribute(name: str, value: JsonObject) -> None:
    if not _ATTRIBUTE_NAME.fullmatch(name):
        raise ApiError(INVALID, f"Message (user) attribute name '{name}' is invalid.")
    kind = value.get("DataType", "")
    given = value.get("BinaryValue" if kind.startswith("Binary") else "StringValue")
    if kind.partition(".")[0] not in _TRANSPORT:
        raise ApiError(
            INVALID, f"The type of message (user) attribute '{name}' is invalid. You must use only"
            " the following supported type prefixes: Binary, Number, String."
        )  # fmt: skip
    if not given:
        raise ApiError(
            INVALID, f"Message (user) attribute '{name}' must contain a non-empty value of type"
            f" '{kind.partition('.')[0]}'."
        )  # fmt: skip
    if kind.startswith("Number") and not _NUMBER.fullmatch(given):
        message = f"Can't cast the value of message (user) attribute '{name}' to a number."
        raise ApiError(INVALID, message)


def checked_id(parameter: str, value: str) -> str:
    """Returns a group or deduplication id; raises ApiError if AWS refuses it."""
    if not _ID.fullmatch(value):
        reason = "can only include alphanumeric and punctuation characters."
        raise invalid(value, parameter, f"{parameter} {reason} 1 to {ID_LENGTH_MAX} in length.")
    return value


def trace_header(system: Mapping[str, JsonObject] | None) -> str | None:
    """Returns the trace header of MessageSystemAttributes, None if it is not text.

    Raises ApiError for any other attribute.
    """
    for name, value in (system or {}).items():
        if name != _TRACE:
            message = f"Message system attribute name '{name}' is invalid."
            raise ApiError(INVALID, message)
        text = str(value.get("StringValue", ""))
        return None if _NOT_XML.search(text) else text
    return None


def attributes_md5(attributes: JsonObject) -> str:
    """Returns the digest of message attributes [SQS Developer Guide, message metadata]."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        kind: str = value["DataType"]
        transport = _TRANSPORT[kind.partition(".")[0]]
        given = value["BinaryValue"] if transport == b"\x02" else value["StringValue"].encode()
        for part in (name.encode(), kind.encode()):
            digest.update(struct.pack(">I", len(part)) + part)
        digest.update(transport + struct.pack(">I", len(given)) + given)
    return digest.hexdigest()
