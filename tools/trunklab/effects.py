"""The one place where the workshop reads clocks and draws random values."""

import secrets
import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """Return the wall clock's time, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds on a clock that never goes back: for time-outs and durations."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def random_hex(digits: int) -> str:
    """Return an unpredictable string of lower-case hexadecimal digits."""
    return secrets.token_hex((digits + 1) // 2)[:digits]


def process_started() -> datetime:
    """Return when this process began, as far as the CPU time it has used tells."""
    return now() - timedelta(seconds=time.process_time())
