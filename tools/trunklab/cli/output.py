"""Output of the commands; a failed write never looks like a result."""

import os
import sys
from typing import TYPE_CHECKING, Any, cast

from trunklab.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console


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


def console(**options: Any) -> "Console":
    """Returns a console of rich on standard output whose failed writes raise OutputError."""
    from rich.console import Console  # noqa: PLC0415 - commands that print no table do without it

    return Console(file=cast("Any", _StandardOutput()), **options)


class _StandardOutput:
    def write(self, text: str) -> int:
        write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stdout, name)
