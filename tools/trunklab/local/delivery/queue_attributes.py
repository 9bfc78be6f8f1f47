"""Attributes of queues, as SQS checks them."""

import json
import re
from typing import Final

from trunklab.local.delivery.messages import INVALID, SIZE_MAX, invalid
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
_OWN_KEY: Final = "SqsManagedSseEnabled"
_FLAG: Final = ("true", "false")
_FIFO_CHOICES: Final = {
    "DeduplicationScope": ("queue", "messageGroup"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_OF_FIFO: Final = frozenset({"FifoQueue", "ContentBasedDeduplication"})
_CHOICES: Final = {
    _OWN_KEY: _FLAG,
    **_FIFO_CHOICES,
    **dict.fromkeys(_OF_FIFO, _FLAG),
}
_FIFO_DEFAULTS: Final = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
_ALLOW: Final = "RedriveAllowPolicy"
_SOURCES_MAX: Final = 10
_KEY: Final = "KmsMasterKeyId"
_REMOVABLE: Final = frozenset({"Policy", "RedrivePolicy", _ALLOW, _KEY})
NAME_RULE: Final = (
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
)
_NAME_MAX: Final = 80
_NAME: Final = re.compile(r"[\w-]+", re.ASCII)
_RECEIVES_MAX: Final = 1_000


def check_name(name: str, *, is_fifo: bool) -> None:
    """Raises ApiError for a name that SQS refuses."""
    base = name.removesuffix(".fifo") if is_fifo else name
    if is_fifo and base == name:
        raise ApiError(
            INVALID, "The name of a FIFO queue can only include alphanumeric characters, hyphens,"
            " or underscores, must end with .fifo suffix and be 1 to 80 in length."
        )  # fmt: skip
    if not _NAME.fullmatch(base) or len(name) > _NAME_MAX:
        raise ApiError(INVALID, NAME_RULE)


def checked(given: dict[str, str], *, is_fifo: bool, is_new: bool) -> dict[str, str]:
    """Returns attributes that a client sets; raises ApiError for what SQS refuses."""
    for name, value in given.items():
        _check_name_of_attribute(name, is_fifo=is_fifo)
        if name == "FifoQueue" and not is_new:
            raise _invalid(name, " Reason: Modifying queue type is not supported.")
        if not ((value == "" and name in _REMOVABLE) or _is_valid(name, value)):
            raise _invalid(name)
    if given.get(_KEY) and given.get(_OWN_KEY) == "true":
        raise ApiError(
            "InvalidAttributeName", "You can use one type of server-side encryption (SSE) at one"
            " time. You can either enable KMS SSE or SQS SSE."
        )  # fmt: skip
    redrive = given.get("RedrivePolicy")
    if redrive and (problem := _redrive_problem(redrive)):
        raise invalid(redrive, "RedrivePolicy", problem)
    return given


def _check_name_of_attribute(name: str, *, is_fifo: bool) -> None:
    if name in _FIFO_CHOICES and not is_fifo:
        message = f"You can specify the {name} only when FifoQueue is set to true."
        raise ApiError("InvalidAttributeName", message)
    if not is_known(name) or (name in _OF_FIFO and not is_fifo):
        raise ApiError("InvalidAttributeName", f"Unknown Attribute {name}.")


def with_defaults(given: dict[str, str], *, is_fifo: bool) -> dict[str, str]:
    """Returns all attributes of a new queue."""
    own = _FIFO_DEFAULTS if is_fifo else {}
    return merged({**DEFAULTS, **own, _OWN_KEY: "true"}, given)


def merged(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Returns changed attributes; an empty value removes one, a key of one kind the other."""
    if new.get(_KEY):
        new = {"KmsDataKeyReusePeriodSeconds": "300", **new, _OWN_KEY: "false"}
    elif new.get(_OWN_KEY) == "true":
        new = {**new, _KEY: "", "KmsDataKeyReusePeriodSeconds": ""}
    return {name: value for name, value in {**old, **new}.items() if value != ""}


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


def allows_redrive(attributes: dict[str, str], source_arn: str) -> bool:
    """True if a queue may be the dead-letter queue of the source [API reference]."""
    policy = _object(attributes.get(_ALLOW, "")) or {"redrivePermission": "allowAll"}
    listed = policy.get("sourceQueueArns", ())
    return policy["redrivePermission"] == "allowAll" or source_arn in listed


def is_known(name: str) -> bool:
    """True for an attribute that a client may set."""
    return name in _RANGES or name in _CHOICES or name in _REMOVABLE


def _is_valid(name: str, value: str) -> bool:
    if name in _RANGES:
        low, high = _RANGES[name]
        return bool(re.fullmatch(r"-?[0-9]{1,9}", value)) and low <= int(value) <= high
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == _ALLOW:
        return _is_redrive_allow_policy(_object(value) or {})
    if name == "Policy":
        return isinstance((_object(value) or {}).get("Statement"), list | dict)
    return True


def _is_redrive_allow_policy(policy: JsonObject) -> bool:
    """True for a policy that names sources with byQueue alone [API reference]."""
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission == "byQueue":
        return isinstance(sources, list) and 0 < len(sources) <= _SOURCES_MAX
    return permission in ("allowAll", "denyAll") and sources is None


def _object(text: str) -> JsonObject | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _invalid(name: str, reason: str = "") -> ApiError:
    return ApiError("InvalidAttributeValue", f"Invalid value for the parameter {name}.{reason}")
