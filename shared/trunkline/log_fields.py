"""What log lines say of failures, of committed events and of time."""

import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from trunkline.aws import AwsError
from trunkline.bounds import STACK_FRAMES_MAX
from trunkline.errors import TrunklineError
from trunkline.outbox import OutboxRow


def failure_fields(error: Exception) -> dict[str, Any]:
    """What a log line says of an exception: its type and where it was raised.

    The message is kept only of this library's own errors, which promise to hold no event data;
    that of any other may quote what it failed on. Of AWS's refusals the code is kept.
    """
    said = str(error) if isinstance(error, TrunklineError | AwsError) else ""
    stack = traceback.extract_tb(error.__traceback__)[-STACK_FRAMES_MAX:]
    return {
        "error_type": type(error).__name__,
        "error": said,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in stack],
    }


def emitted_fields(rows: Sequence[OutboxRow]) -> list[dict[str, str]]:
    """The committed events as a log line names them."""
    return [
        {
            "event_id": row.envelope.metadata.event_id,
            "source": row.envelope.source,
            "detail_type": row.envelope.detail_type,
        }
        for row in rows
    ]


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds from one moment to another."""
    return round((end - start).total_seconds() * 1_000)
