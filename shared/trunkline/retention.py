"""Retention of the runtime's rows."""

from datetime import datetime, timedelta
from typing import Final

from trunkline.bounds import MARK_SLACK_DAYS

EXPIRES_AT: Final = "_trunkline_expires_at"
"""TTL attribute of every table, in seconds since 1970. DynamoDB deletes any item after this time,
so only rows of the runtime have it."""


def expiry(now: datetime, mark_days: int) -> dict[str, int]:
    """Returns the TTL attribute of a row written now."""
    return {EXPIRES_AT: int((now + timedelta(days=mark_days + MARK_SLACK_DAYS)).timestamp())}
