"""Reads a file of a service as Python's syntax tree; nothing of it runs."""

import ast
import warnings
from pathlib import Path, PurePath

from trunklab.templates.errors import SourceError
from trunklab.templates.template_limits import MODULE_BYTES_MAX


def tree_of(path: Path, shown: PurePath) -> ast.Module:
    """The tree of a file, which errors call `shown`; raises SourceError."""
    try:
        content = path.read_bytes()
        if len(content) > MODULE_BYTES_MAX:
            raise SourceError(shown, 1, f"larger than {MODULE_BYTES_MAX} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its escapes; they are its own affair
            return ast.parse(content)
    except OSError as error:
        raise SourceError(shown, 1, f"cannot be read ({error.strerror})") from error
    except SyntaxError as error:
        raise SourceError(shown, error.lineno or 1, f"no Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(shown, 1, "no Python that can be read") from error
