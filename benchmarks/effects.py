"""The one place where the benchmarks read the clock."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the wall clock's time, in UTC."""
    return datetime.now(UTC)


def cpu_s() -> float:
    """Return the CPU seconds that this process has used."""
    return time.process_time()
