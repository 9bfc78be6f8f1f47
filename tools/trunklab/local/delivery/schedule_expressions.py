"""Schedule expressions: `rate(5 minutes)`, `cron(0 12 * * ? *)`, `at(2030-01-31T12:00:00)`."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunklab.local.delivery.cron_expressions import Cron
from trunklab.local.delivery.steps import ApiError

_RATE: Final = re.compile(r"rate\((\d{1,9}) (minute|hour|day)(s?)\)")
_CRON: Final = re.compile(r"cron\((.+)\)")
_AT: Final = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_SECONDS: Final = {"minute": 60, "hour": 3_600, "day": 86_400}
_INVALID: Final = "ValidationException"
UTC: Final = ZoneInfo("UTC")

Following = Callable[[float, float], float | None]
"""Returns the run after the planned one, and after now; None after the last. Epoch seconds.

Runs that passed while the machine slept are not made up for.
"""


def recurrence(expression: str, zone: ZoneInfo, refusal: str) -> Following:
    """Returns the runs of a `rate` or `cron`; raises ApiError with the text `refusal`."""
    found = _RATE.fullmatch(expression)
    if found and int(found[1]) and (found[1] == "1") == (not found[3]):
        seconds = int(found[1]) * _SECONDS[found[2]]
        return lambda planned, now: planned + seconds * max((now - planned) // seconds + 1, 1)
    fields = _CRON.fullmatch(expression)
    try:
        cron = Cron.parse(fields[1] if fields else "", zone)
    except ValueError as error:
        raise ApiError(_INVALID, refusal) from error
    return lambda planned, now: cron.following(max(planned, now))


def time_zone(name: str) -> ZoneInfo:
    """Returns a time zone; raises ApiError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise ApiError(_INVALID, f"Invalid ScheduleExpressionTimezone {name}.") from error


def at_seconds(expression: str, zone: ZoneInfo, refusal: str) -> float | None:
    """Returns the time of a one-time schedule; None if it is not one. Raises ApiError."""
    if not expression.startswith("at("):
        return None
    found = _AT.fullmatch(expression)
    try:
        when = datetime.fromisoformat(found[1] if found else "")
    except ValueError as error:
        raise ApiError(_INVALID, refusal) from error
    return when.replace(tzinfo=zone).timestamp()
