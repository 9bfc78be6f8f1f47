"""How long the runtime remembers that something was done."""

from datetime import datetime, timedelta

from trunkline.bounds import MARK_SLACK_DAYS


def expiry(now: datetime, mark_days: int) -> dict[str, int]:
    """The attribute by which DynamoDB's time to live removes what was remembered now.

    Nothing when it is to be remembered for ever (`mark_days` is 0).
    """
    if not mark_days:
        return {}
    return {"expires_at": int((now + timedelta(days=mark_days + MARK_SLACK_DAYS)).timestamp())}
