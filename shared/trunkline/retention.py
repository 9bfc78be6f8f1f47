"""How long the runtime remembers that something was done."""

from datetime import datetime, timedelta
from typing import Final

from trunkline.bounds import MARK_SLACK_DAYS

EXPIRES_AT: Final = "_trunkline_expires_at"
"""Time to live attribute of every table, in seconds since 1970. DynamoDB deletes any item whose
attribute of this name has passed, so only rows of the runtime have it."""


def expiry(now: datetime, mark_days: int) -> dict[str, int]:
    """Returns the attribute by which DynamoDB removes what was remembered now."""
    return {EXPIRES_AT: int((now + timedelta(days=mark_days + MARK_SLACK_DAYS)).timestamp())}
