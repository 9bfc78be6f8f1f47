"""Log fields for failures, committed events and durations."""

import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from trunkline.aws import AwsError
from trunkline.bounds import STACK_FRAMES_MAX
from trunkline.errors import TrunklineError
from trunkline.outbox import OutboxRow


def failure_fields(error: Exception) -> dict[str, Any]:
    """Returns the log fields of an exception: its type and where it was raised.

    Only errors of this library keep their message, because it never contains event data. Other
    messages may quote it. AWS errors keep their code.
    """
    said = str(error) if isinstance(error, TrunklineError | AwsError) else ""
    stack = traceback.extract_tb(error.__traceback__)[-STACK_FRAMES_MAX:]
    return {
        "error_type": type(error).__name__,
        "error": said,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in stack],
    }


def emitted_fields(rows: Sequence[OutboxRow]) -> list[dict[str, str]]:
    """Returns the committed events in the form used by log lines."""
    return [
        {
            "event_id": row.envelope.metadata.event_id,
            "source": row.envelope.source,
            "detail_type": row.envelope.detail_type,
        }
        for row in rows
    ]


def milliseconds(start: datetime, end: datetime) -> int:
    """Returns the whole milliseconds between two times."""
    return round((end - start).total_seconds() * 1_000)
