"""Every check by its name, in the order in which a reader wants to hear of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from trunklab.dev.style import (
    banned_words,
    broad_excepts,
    documentation,
    import_directions,
    mocks,
    seams,
    sizes,
)
from trunklab.dev.style.source_files import Finding, Source

TreeCheck = Callable[[Sequence[Source]], Iterator[Finding]]


def _import_directions(sources: Sequence[Source]) -> Iterator[Finding]:
    services = import_directions.service_packages(sources)
    for source in sources:
        if source.is_python:
            yield from import_directions.wrong_directions(source, services)


def _each(check: Callable[[Source], Iterator[Finding]], *, python: bool) -> TreeCheck:
    def over_all(sources: Sequence[Source]) -> Iterator[Finding]:
        for source in sources:
            if source.is_python or not python:
                yield from check(source)

    return over_all


CHECKS: Final[Mapping[str, TreeCheck]] = {
    "import directions": _import_directions,
    "seams": _each(seams.outside_seams, python=True),
    "broad excepts": _each(broad_excepts.broad_excepts, python=True),
    "long files": _each(sizes.long_files, python=True),
    "long functions": _each(sizes.long_functions, python=True),
    "empty names": _each(sizes.empty_names, python=True),
    "docstrings": _each(documentation.missing_docstrings, python=True),
    "ignores": _each(banned_words.unexplained_ignores, python=True),
    "mocks": mocks.too_many_mocks,
    "titles": _each(documentation.titles, python=False),
    "leftovers": _each(banned_words.leftovers, python=False),
    "machine paths": _each(banned_words.machine_paths, python=False),
    "lock files": _each(banned_words.loose_locks, python=False),
}
