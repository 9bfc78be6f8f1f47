"""Clock and randomness of the tools, in one place."""

import secrets
import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """Returns the time in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Returns seconds of a clock that never goes back, for timeouts and durations."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Waits."""
    time.sleep(seconds)


def random_hex(digits: int) -> str:
    """Returns an unpredictable string of lower-case hexadecimal digits."""
    return secrets.token_hex((digits + 1) // 2)[:digits]


def process_started() -> datetime:
    """Returns when this process began, estimated from its CPU time."""
    return now() - timedelta(seconds=time.process_time())
