"""The one place where the benchmarks read the clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the wall clock's time, in UTC."""
    return datetime.now(UTC)
