"""Output of the commands; a failed write never looks like a result."""

import os
import sys

from trunklab.errors import UsageError


class OutputError(UsageError):
    """The output cannot be written."""


def write(text: str) -> None:
    """Writes output; a reader may close the pipe at any time. Raises OutputError."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise OutputError(f"The output cannot be written: {error.strerror}.") from error
