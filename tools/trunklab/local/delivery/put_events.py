"""PutEvents: what is refused, and the event that targets receive."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from trunklab.local.delivery.steps import ApiError, JsonObject

SIZE_MAX: Final = 1_048_576
"""Bytes of all entries of a call [service model: less than 1 MB]."""
_TIME_BYTES: Final = 14
"""Counted for a time that is given [EventBridge guide, size of an entry]."""
_OWN_SOURCE: Final = "aws."
_REQUIRED: Final = ("Source", "DetailType", "Detail")
_DETAIL_TYPE_MAX: Final = 128
TIME_MIN: Final = datetime(1, 1, 1, tzinfo=UTC).timestamp()
TIME_MAX: Final = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Epoch seconds that an event's time of four digits a year can show."""
_ENCODE: Final = msgspec.json.Encoder().encode


def check_size(entries: list[JsonObject]) -> None:
    """Raises ApiError if the call as a whole is too large, or has half of a surrogate pair."""
    try:
        total = sum(map(size, entries))
    except UnicodeEncodeError as error:
        raise ApiError("SerializationException", "An entry is not Unicode text.") from error
    if total > SIZE_MAX:
        message = "Total size of the entries in the request is over the limit."
        raise ApiError("ValidationException", message)


def size(entry: JsonObject) -> int:
    """Returns the bytes of an entry as AWS counts them [EventBridge guide]."""
    texts = [entry.get(name) or "" for name in _REQUIRED] + (entry.get("Resources") or [])
    return (_TIME_BYTES if "Time" in entry else 0) + sum(len(text.encode()) for text in texts)


def refusal(entry: JsonObject) -> JsonObject | None:
    """Returns the error of an entry in the response, or None if the entry is accepted."""
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"Reason: {name} is a required argument."
            return _failed("InvalidArgument", f"Parameter {name} is not valid. {reason}")
    if entry["Source"].startswith(_OWN_SOURCE):
        return _failed("NotAuthorizedForSourceException", "Not authorized for the source.")
    if len(entry["DetailType"]) > _DETAIL_TYPE_MAX:
        reason = f"Reason: DetailType must have at most {_DETAIL_TYPE_MAX} characters."
        return _failed("InvalidArgument", f"Parameter DetailType is not valid. {reason}")
    if not TIME_MIN <= entry.get("Time", TIME_MIN) <= TIME_MAX:
        return _failed("InvalidArgument", "Parameter Time is not valid.")
    if compact_object(entry["Detail"]) is None:
        return _failed("MalformedDetail", "Detail is malformed.")
    return None


def compact_object(text: str) -> str | None:
    """Returns a JSON object without white space, keys and numbers as they were; None if invalid."""
    try:
        compact = msgspec.json.format(text, indent=-1)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return compact if compact.startswith("{") else None


def event_text(event_id: str, entry: JsonObject, account: str, region: str, now: float) -> str:
    """Returns the event of an accepted entry, its keys in AWS's order."""
    head = {
        "version": "0",
        "id": event_id,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": account,
        "time": utc_text(entry.get("Time", now)),
        "region": region,
        "resources": entry.get("Resources") or [],
    }
    return f'{_ENCODE(head).decode()[:-1]},"detail":{compact_object(entry["Detail"])}}}'


def utc_text(seconds: float) -> str:
    """Returns a time as events carry it: in UTC, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _failed(code: str, message: str) -> JsonObject:
    return {"ErrorCode": code, "ErrorMessage": message}
