"""How many mocks the tests may use: fakes stand at the edge, what is inside runs for real."""

import ast
from collections.abc import Iterable, Iterator
from typing import Final

from trunklab.dev.style.seams import references
from trunklab.dev.style.source_files import Finding, Source

MOCKS_PER_TEST_MAX: Final = 0.1

_REPLACING: Final = frozenset({"setattr", "delattr", "setitem", "delitem"})
_FIX: Final = "run the real part, or put a fake at its edge"


def too_many_mocks(sources: Iterable[Source]) -> Iterator[Finding]:
    """Find every mock, once there are more of them than the house allows for its tests."""
    files = [source for source in sources if source.is_python and source.path.parts[0] == "tests"]
    tests = sum(len(source.tests) for source in files)
    mocks = [(source, line) for source in files for line in mock_lines(source)]
    if len(mocks) > tests * MOCKS_PER_TEST_MAX:
        for source, line in mocks:
            yield source.finding(line, f"one of {len(mocks)} mocks for {tests} tests", _FIX)


def mock_lines(source: Source) -> list[int]:
    """Return the lines on which a test file replaces something inside the product."""
    mocks = {
        node.lineno
        for node, name in references(source.tree)
        if name.startswith(("unittest.mock.", "mock."))
    }
    mocks.update(_replacing(source))
    return sorted(mocks)


def _replacing(source: Source) -> Iterator[int]:
    """Yield lines with monkeypatch.setattr or its like; setenv and chdir replace nothing."""
    attributes = (node for node in source.nodes if isinstance(node, ast.Attribute))
    for node in attributes:
        if node.attr in _REPLACING and ast.unparse(node.value) == "monkeypatch":
            yield node.lineno
