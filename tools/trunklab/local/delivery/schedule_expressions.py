"""Expressions of schedules: `rate(5 minutes)`, `at(2030-01-31T12:00:00)`."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunklab.local.delivery.steps import ApiError

_RATE: Final = re.compile(r"rate\((\d{1,9}) (minute|hour|day)(s?)\)")
_AT: Final = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_SECONDS: Final = {"minute": 60, "hour": 3_600, "day": 86_400}
_INVALID: Final = "ValidationException"


def rate_seconds(expression: str, refusal: str) -> int:
    """Returns the seconds between two runs; raises ApiError, with this text if AWS would refuse."""
    found = _RATE.fullmatch(expression)
    if found and int(found[1]) and (found[1] == "1") == (not found[3]):
        return int(found[1]) * _SECONDS[found[2]]
    if expression.startswith("cron("):
        message = f"{expression}: cron expressions are not there yet on the local platform."
        raise ApiError(_INVALID, message)
    raise ApiError(_INVALID, refusal)


def at_seconds(expression: str, zone: str, refusal: str) -> float | None:
    """Returns the time of a one-time schedule; None if it is not one. Raises ApiError."""
    if not expression.startswith("at("):
        return None
    found = _AT.fullmatch(expression)
    try:
        when = datetime.fromisoformat(found[1]) if found else None
        if when is not None:
            return when.replace(tzinfo=ZoneInfo(zone)).timestamp()
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise ApiError(_INVALID, refusal) from error
    raise ApiError(_INVALID, refusal)
