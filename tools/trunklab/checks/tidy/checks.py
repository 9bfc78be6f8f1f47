"""Every check by its name, in the order in which a reader wants to hear of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from trunklab.checks.tidy import documentation, failures, imports, mocks, seams, shape, words
from trunklab.checks.tidy.source import Finding, Source

TreeCheck = Callable[[Sequence[Source]], Iterator[Finding]]


def _import_directions(sources: Sequence[Source]) -> Iterator[Finding]:
    services = imports.service_packages(sources)
    for source in sources:
        if source.is_python:
            yield from imports.wrong_directions(source, services)


def _each(check: Callable[[Source], Iterator[Finding]], *, python: bool) -> TreeCheck:
    def over_all(sources: Sequence[Source]) -> Iterator[Finding]:
        for source in sources:
            if source.is_python or not python:
                yield from check(source)

    return over_all


CHECKS: Final[Mapping[str, TreeCheck]] = {
    "import directions": _import_directions,
    "seams": _each(seams.outside_seams, python=True),
    "broad excepts": _each(failures.broad_excepts, python=True),
    "long files": _each(shape.long_files, python=True),
    "long functions": _each(shape.long_functions, python=True),
    "empty names": _each(shape.empty_names, python=True),
    "docstrings": _each(documentation.missing_docstrings, python=True),
    "ignores": _each(words.unexplained_ignores, python=True),
    "mocks": mocks.too_many_mocks,
    "titles": _each(documentation.titles, python=False),
    "leftovers": _each(words.leftovers, python=False),
    "machine paths": _each(words.machine_paths, python=False),
    "lock files": _each(words.loose_locks, python=False),
}
