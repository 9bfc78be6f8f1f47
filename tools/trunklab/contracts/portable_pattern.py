"""Regular expressions that mean the same in JSON Schema (ECMA-262) and in Pydantic (Rust)."""

import re
from collections.abc import Mapping
from typing import Final

from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_parser import demands

_PART: Final = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
"""An escape, a class, or one character."""

_CLASS_ESCAPE: Final = re.compile(r"\\([dDwWsS])")
_DIFFERENCES: Final[Mapping[str, str]] = {
    "d": r"write [0-9] instead of \d, which Pydantic extends to all Unicode digits",
    "w": r"write [A-Za-z0-9_] instead of \w, which Pydantic extends to all Unicode letters",
    "s": r"list the characters instead of \s, which includes U+FEFF in JSON Schema only",
}


def remedy_for(pattern: object) -> str | None:
    """Return what to write instead; None if every validator reads the pattern alike."""
    if not isinstance(pattern, str):
        return "declare the pattern as a str, not as a compiled one"
    for part in _PART.findall(pattern):
        if part == ".":
            return r"write [^\n] instead of ., which excludes \r in JSON Schema"
        escape = _CLASS_ESCAPE.search(part.replace(r"\\", ""))
        if escape is not None:
            return _DIFFERENCES[escape[1].lower()]
    try:
        demands(pattern)
    except UndecidedError as error:
        return f"write it in plain classes, groups and repetitions: {error}"
    return None
