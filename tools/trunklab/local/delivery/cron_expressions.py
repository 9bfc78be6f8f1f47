"""Cron expressions of six fields with `?`, `L`, `W` and `#` [EventBridge guide, cron]."""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

YEAR_MIN: Final = 1970
YEAR_MAX: Final = 2199
_MONTH_NAMES: Final = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
_MONTHS: Final = {name: n for n, name in enumerate(_MONTH_NAMES.split(), start=1)}
_WEEKDAY_NAMES: Final = "SUN MON TUE WED THU FRI SAT"
_WEEKDAYS: Final = {name: n for n, name in enumerate(_WEEKDAY_NAMES.split(), start=1)}
_SATURDAY: Final = 7
_SUNDAY: Final = 1
_RANGE: Final = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/([1-9]\d{0,3}))?")
_NO_NAMES: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class Cron:
    """The runs of a cron expression in a time zone."""

    minutes: list[int]
    hours: list[int]
    month_days: str
    months: list[int]
    weekdays: str
    years: list[int]
    zone: ZoneInfo

    @classmethod
    def parse(cls, fields: str, zone: ZoneInfo) -> "Cron":
        """Returns the cron of six fields; raises ValueError if one is invalid."""
        minute, hour, month_days, month, weekdays, year = fields.split(" ")
        if (month_days == "?") == (weekdays == "?"):
            raise ValueError("exactly one of day-of-month and day-of-week must be ?")
        months, years = _numbers(month, 1, 12, _MONTHS), _numbers(year, YEAR_MIN, YEAR_MAX)
        minutes, hours = _numbers(minute, 0, 59), _numbers(hour, 0, 23)
        cron = cls(minutes, hours, month_days, months, weekdays, years, zone)
        cron._days(YEAR_MIN, 1)
        return cron

    def following(self, after: float) -> float | None:
        """Returns the next run in epoch seconds; None after the last.

        A local time that a clock change skips has no run; one that occurs twice has one.
        """
        for start in self._dates(datetime.fromtimestamp(after, self.zone).date()):
            for hour, minute in product(self.hours, self.minutes):
                local = datetime(start.year, start.month, start.day, hour, minute, tzinfo=self.zone)
                when = local.timestamp()
                if when > after and datetime.fromtimestamp(when, self.zone).hour == hour:
                    return when
        return None

    def _dates(self, first: date) -> Iterator[date]:
        for year, month in product(self.years, self.months):
            if (year, month) >= (first.year, first.month):
                yield from (day for day in self._days(year, month) if day >= first)

    def _days(self, year: int, month: int) -> list[date]:
        days = [date(year, month, n + 1) for n in range(monthrange(year, month)[1])]
        if self.weekdays == "?":
            chosen = [_month_days(part, days) for part in self.month_days.split(",")]
        else:
            chosen = [_weekdays(part, days) for part in self.weekdays.split(",")]
        return sorted({day for part in chosen for day in part})


def _month_days(part: str, days: list[date]) -> list[date]:
    if part in {"L", "LW"}:
        return [_nearest_workday(days[-1], days) if part == "LW" else days[-1]]
    if found := re.fullmatch(r"([1-9]|[12]\d|3[01])W", part):
        return [_nearest_workday(day, days) for day in days if day.day == int(found[1])]
    numbers = _numbers(part, 1, 31)
    return [day for day in days if day.day in numbers]


def _nearest_workday(day: date, days: list[date]) -> date:
    """Returns the workday next to a day, within its month."""
    if _weekday(day) == _SATURDAY:
        return day - timedelta(1) if day != days[0] else day + timedelta(2)
    if _weekday(day) == _SUNDAY:
        return day + timedelta(1) if day != days[-1] else day - timedelta(2)
    return day


def _weekdays(part: str, days: list[date]) -> list[date]:
    name, _, place = part.partition("#")
    last = part != "L" and part.endswith("L")
    numbers = _numbers(
        "7" if part == "L" else part[:-1] if last else name, 1, len(_WEEKDAYS), _WEEKDAYS
    )
    found = [day for day in days if _weekday(day) in numbers]
    if last:
        return found[-1:]
    if not place and "#" not in part:
        return found
    if place not in {"1", "2", "3", "4", "5"} or len(numbers) > 1:
        raise ValueError(part)
    return found[int(place) - 1 : int(place)]


def _weekday(day: date) -> int:
    return day.isoweekday() % len(_WEEKDAYS) + 1


def _numbers(text: str, low: int, high: int, names: Mapping[str, int] = _NO_NAMES) -> list[int]:
    """Returns the values of a field; a range may pass its end, such as 20-2 for hours."""
    numbers: set[int] = set()
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            raise ValueError(part)
        star, first, last, step = found.groups()
        bounds = [low, high] if star else [names.get(one, one) for one in (first, last or first)]
        start, end = map(int, bounds)
        if step and not last:
            end = high
        if not (low <= start <= high and low <= end <= high):
            raise ValueError(part)
        size = high - low + 1
        width = (end - start) % size
        numbers.update(low + (start - low + n) % size for n in range(0, width + 1, int(step or 1)))
    return sorted(numbers)
