"""Says in words that the folder for what a run writes cannot be used."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from trunklab import settings
from trunklab.errors import StateDirectoryError


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn what the system refuses in the state folder into a StateDirectoryError."""
    try:
        yield
    except OSError as error:
        if not isinstance(error.filename, str | Path):
            raise
        path = Path(error.filename)
        if not path.is_relative_to(settings.STATE_DIRECTORY):
            raise
        raise StateDirectoryError(path, error.strerror or str(error)) from error
