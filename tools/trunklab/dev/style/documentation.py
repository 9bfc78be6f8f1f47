"""What must say in words what it is for."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from trunklab.dev.style.source_files import Finding, Source

_SAY: Final = "say in one sentence what it answers or promises"
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def missing_docstrings(source: Source) -> Iterator[Finding]:
    """Find modules, tests, and public names of the runtime library without a docstring."""
    if not source.is_python:
        return
    if ast.get_docstring(source.tree) is None:
        yield source.finding(1, "the module has no docstring", _SAY)
    for test in source.tests:
        if ast.get_docstring(test) is None:
            yield source.finding(test.lineno, f"{test.name} has no docstring", _SAY)
    if source.path.parts[0] == "shared":
        for node, name in _public_names(source.tree):
            if ast.get_docstring(node) is None:
                yield source.finding(node.lineno, f"{name} has no docstring", _SAY)


def titles(source: Source) -> Iterator[Finding]:
    """Find Markdown files that have not exactly one title."""
    if source.path.suffix != ".md":
        return
    lines = [number for number, line in _prose(source.text) if line.startswith("# ")]
    if len(lines) != 1:
        line = lines[1] if lines else 1
        yield source.finding(line, f"{len(lines)} titles (#)", "one title, ## for sections")


def _public_names(
    scope: ast.Module | ast.ClassDef,
) -> Iterator[tuple[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    for node in scope.body:
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, kinds) and not node.name.startswith("_") and not _is_overload(node):
            yield node, node.name
            if isinstance(node, ast.ClassDef):
                yield from _public_names(node)


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(one).endswith("overload") for one in node.decorator_list)


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a Markdown text that stand outside fenced code."""
    open_fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and not open_fence:
            open_fence = fence[1]
        elif fence and fence[1].startswith(open_fence):
            open_fence = ""
        elif not open_fence:
            yield number, line
