"""How large files and functions may be, and which names say nothing."""

import ast
from collections.abc import Iterator
from typing import Final

from trunklab.dev.style.source_files import Finding, Source

FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 50
"""Without the docstring."""

EMPTY_NAMES: Final = frozenset({"utils", "helpers", "common", "base", "manager", "misc"})
"""Drawers: whatever fits nowhere ends in them."""


def long_files(source: Source) -> Iterator[Finding]:
    """Find files that are probably two things."""
    lines = len(source.text.splitlines())
    if source.is_python and lines > FILE_LINES_MAX:
        yield source.finding(1, f"{lines} lines, {FILE_LINES_MAX} at most", "split it by its nouns")


def long_functions(source: Source) -> Iterator[Finding]:
    """Find functions that nobody reads at a glance."""
    for function in source.functions:
        lines = _lines(function)
        if lines > FUNCTION_LINES_MAX:
            what = f"{function.name} has {lines} lines, {FUNCTION_LINES_MAX} at most"
            yield source.finding(function.lineno, what, "give its steps names")


def empty_names(source: Source) -> Iterator[Finding]:
    """Find files and folders of code that are named after nothing."""
    for part in (*source.path.parts[:-1], source.path.stem):
        if source.is_python and part in EMPTY_NAMES:
            yield source.finding(1, f"the name {part} says nothing", "name it after what it holds")


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
    return lines
