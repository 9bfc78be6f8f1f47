"""Writes the answer of a verb, so that its exit status is never taken for a failure to write."""

import os
import sys

from trunklab.errors import UsageError


class OutputError(UsageError):
    """The answer cannot be written; the exit status must not be taken for it."""


def say(text: str) -> None:
    """Write an answer; whoever closes the pipe has read enough. Raises OutputError."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise OutputError(f"the answer cannot be written: {error.strerror}") from error
