"""Both functions built once, and a stub."""

import io
from collections.abc import Iterator

import pytest

from benchmarks.packages import build
from benchmarks.process import Function
from benchmarks.report import Report
from benchmarks.sides import SIDES
from benchmarks.stub.process import running


@pytest.fixture(scope="session")
def functions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Function, ...]]:
    """Ours and its peer, as they are measured."""
    folder = tmp_path_factory.mktemp("sides")
    for side in SIDES:
        build(side, folder / side.name)
    with running() as stub:
        yield tuple(Function(side, folder / side.name, stub) for side in SIDES)


@pytest.fixture
def report() -> Report:
    """A report that writes into memory."""
    return Report(io.StringIO())
