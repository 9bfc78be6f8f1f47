"""Fields that handlers read in their tests: the committed `services/<name>/reads.yaml`."""

from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Any, Final

import yaml

from trunklab.contracts.errors import ReadsFileError
from trunklab.contracts.impact.field_paths import Path, path_of

FILE: Final = "reads.yaml"

BYTES_MAX: Final = 1_000_000
"""Bytes of one file: a thousand handlers with twenty fields each need far less."""


def recorded_reads(folder: FilePath, root: FilePath) -> dict[str, frozenset[Path]]:
    """Returns the recorded paths by handler; none without a file. Raises ReadsFileError."""
    path = folder / FILE
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    if not path.exists():
        return {}
    try:
        text = path.read_text("utf-8")
        if len(text) > BYTES_MAX:
            raise ReadsFileError(shown, f"more than {BYTES_MAX} bytes")
        document = yaml.safe_load(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ReadsFileError(shown, f"cannot be read ({type(error).__name__})") from error
    except yaml.YAMLError as error:
        raise ReadsFileError(shown, f"invalid YAML ({str(error).splitlines()[0]})") from error
    return _checked(shown, {} if document is None else document)


def _checked(shown: PurePath, document: Any) -> dict[str, frozenset[Path]]:
    if not isinstance(document, dict):
        raise ReadsFileError(shown, "not a map from handlers to paths")
    for name, paths in document.items():
        if not isinstance(name, str) or not isinstance(paths, list):
            raise ReadsFileError(shown, f"{name!r} has no list of paths")
        if not all(isinstance(path, str) and all(path.split(".")) for path in paths):
            raise ReadsFileError(shown, f"{name!r} has an invalid path")
    return {name: frozenset(map(path_of, paths)) for name, paths in document.items()}
