"""Attributes of queues, as SQS checks them."""

import json
import re
from typing import Final

from trunklab.local.delivery.messages import INVALID, SIZE_MAX
from trunklab.local.delivery.steps import ApiError, JsonObject

DEFAULTS: Final = {
    "DelaySeconds": "0",
    "MaximumMessageSize": str(SIZE_MAX),
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
}
_RANGES: Final = {
    "DelaySeconds": (0, 900),
    "MaximumMessageSize": (1_024, SIZE_MAX),
    "MessageRetentionPeriod": (60, 1_209_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43_200),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400),
}
_FLAGS: Final = frozenset({"SqsManagedSseEnabled", "ContentBasedDeduplication"})
_CHOICES: Final = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_OF_FIFO: Final = frozenset({"FifoQueue", "ContentBasedDeduplication", *_CHOICES})
_FIFO_DEFAULTS: Final = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
_JSON: Final = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy"})
_KEY: Final = "KmsMasterKeyId"
_NAME: Final = re.compile(r"[\w-]{1,80}", re.ASCII)
_RECEIVES_MAX: Final = 1_000


def check_name(name: str, *, is_fifo: bool) -> None:
    """Raises ApiError for a name that SQS refuses."""
    base = name.removesuffix(".fifo") if is_fifo else name
    if is_fifo and base == name:
        raise ApiError(
            INVALID, "The name of a FIFO queue can only include alphanumeric characters, hyphens,"
            " or underscores, must end with .fifo suffix and be 1 to 80 in length."
        )  # fmt: skip
    if not _NAME.fullmatch(base) or not _NAME.fullmatch(name.replace(".fifo", "-fifo")):
        raise ApiError(
            INVALID, "Can only include alphanumeric characters, hyphens, or underscores."
            " 1 to 80 in length"
        )  # fmt: skip


def checked(given: dict[str, str], *, is_fifo: bool, is_new: bool) -> dict[str, str]:
    """Returns attributes that a client sets; raises ApiError for what SQS refuses."""
    for name, value in given.items():
        if not is_known(name) or (name in _OF_FIFO and not is_fifo and value != "false"):
            raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")
        if name == "FifoQueue" and not is_new:
            raise _invalid(name)
        if value == "" and name in _JSON | {_KEY}:
            continue
        if not _is_valid(name, value):
            raise _invalid(name)
    redrive = given.get("RedrivePolicy")
    if redrive:
        check_redrive(redrive)
    return given


def with_defaults(given: dict[str, str], *, is_fifo: bool) -> dict[str, str]:
    """Returns all attributes of a new queue."""
    encrypted = {} if _KEY in given else {"SqsManagedSseEnabled": "true"}
    own = _FIFO_DEFAULTS if is_fifo else {}
    return {**DEFAULTS, **own, **encrypted, **{k: v for k, v in given.items() if v != ""}}


def check_redrive(text: str) -> None:
    """Raises ApiError for a redrive policy that SQS refuses."""
    problem = _redrive_problem(text)
    if problem:
        raise redrive_refusal(text, problem)


def redrive_refusal(text: str, problem: str) -> ApiError:
    """Returns the error for a redrive policy that SQS refuses."""
    message = f"Value {text} for parameter RedrivePolicy is invalid. Reason: {problem}"
    return ApiError(INVALID, message)


def _redrive_problem(text: str) -> str:
    policy = _object(text)
    if policy is None:
        return "Redrive policy is not a valid JSON map."
    for name in ("maxReceiveCount", "deadLetterTargetArn"):
        if name not in policy:
            return f"Redrive policy does not contain mandatory attribute: {name}."
    count = str(policy["maxReceiveCount"])
    if not count.isdecimal() or not 1 <= int(count) <= _RECEIVES_MAX:
        allowed = f"valid values are from 1 to {_RECEIVES_MAX} both inclusive"
        return f"Invalid value for maxReceiveCount: {count}, {allowed}."
    return ""


def redrive_of(attributes: dict[str, str]) -> tuple[str, int] | None:
    """Returns the ARN of the dead-letter queue and how often a message may be received."""
    text = attributes.get("RedrivePolicy")
    if not text:
        return None
    policy: JsonObject = json.loads(text)
    return str(policy["deadLetterTargetArn"]), int(policy["maxReceiveCount"])


def is_known(name: str) -> bool:
    """True for an attribute that a client may set."""
    return name in _RANGES or name in _FLAGS | _OF_FIFO | _JSON | {_KEY}


def _is_valid(name: str, value: str) -> bool:
    if name in _RANGES:
        low, high = _RANGES[name]
        return bool(re.fullmatch(r"-?[0-9]{1,9}", value)) and low <= int(value) <= high
    if name in _FLAGS or name == "FifoQueue":
        return value in {"true", "false"}
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "RedriveAllowPolicy":
        return _object(value) is not None
    if name == "Policy":
        return isinstance((_object(value) or {}).get("Statement"), list | dict)
    return True


def _object(text: str) -> JsonObject | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _invalid(name: str) -> ApiError:
    return ApiError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
