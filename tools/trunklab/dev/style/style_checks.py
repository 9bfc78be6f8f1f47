"""All style checks by name."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from trunklab.dev.style.english import too_many_phrases
from trunklab.dev.style.import_directions import wrong_directions
from trunklab.dev.style.source_files import Finding, Source

FILE_LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 50
"""Without the docstring."""

MOCKS_PER_TEST_MAX: Final = 0.1

EMPTY_NAMES: Final = frozenset({"utils", "helpers", "common", "base", "manager", "misc"})

REPEATED_NAMES: Final = frozenset({"__init__", "__main__", "errors"})

_LEFTOVER: Final = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")  # does not find itself
_MACHINE_PATH: Final = re.compile(r"(?<![\w.-])/(home|Users|root|work|mnt)/\w")
_LOOSE_LOCK: Final = re.compile(
    r"://|--(extra-)?index-url|--find-links|--trusted-host"
    r"|(?m:^)(?![# \n]|[a-z0-9-]+==\S+ (; .+ )?\\\n    --hash=sha256:).+"
)
_UNEXPLAINED: Final = re.compile(
    r"#\s*(ruff:\s*)?(noqa|type:\s*ignore)\b(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[.*?\])?(?P<why>.*)"
)
_FENCED: Final = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
_REPLACING: Final = frozenset({"setattr", "delattr", "setitem", "delitem"})
_BROAD: Final = frozenset({"Exception", "BaseException"})


def long_files(source: Source) -> Iterator[Finding]:
    """Finds files that probably hold two subjects."""
    lines = len(source.text.splitlines())
    if lines > FILE_LINES_MAX:
        yield source.finding(1, f"{lines} lines, {FILE_LINES_MAX} at most", "split it by its nouns")


def long_functions(source: Source) -> Iterator[Finding]:
    """Finds functions that are too long to read at a glance."""
    for function in source.functions:
        lines = (function.end_lineno or 0) - function.lineno + 1
        if ast.get_docstring(function) is not None:
            docstring = function.body[0]
            lines -= (docstring.end_lineno or 0) - docstring.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            what = f"{function.name} has {lines} lines, {FUNCTION_LINES_MAX} at most"
            yield source.finding(function.lineno, what, "extract its steps")


def empty_names(source: Source) -> Iterator[Finding]:
    """Finds files and folders of code whose name says nothing about their content."""
    for part in EMPTY_NAMES.intersection([*source.path.parts[:-1], source.path.stem]):
        yield source.finding(1, f"the name {part} says nothing", "name it after what it holds")


def repeated_names(sources: Sequence[Source]) -> Iterator[Finding]:
    """Finds files of the tools that have the name of another one."""
    first: dict[str, Source] = {}
    for source in sources:
        if source.is_python and source.path.is_relative_to("tools/trunklab"):
            other = first.setdefault(source.path.name, source)
            if other is not source and source.path.stem not in REPEATED_NAMES:
                what = f"{other.path} has the same name"
                yield source.finding(1, what, "name it after what only this file holds")


def broad_excepts(source: Source) -> Iterator[Finding]:
    """Finds handlers that swallow everything: no bare `raise` at the end, no reason beside it."""
    fix = "name the expected exceptions; all others must reach the caller"
    lines = source.text.splitlines()
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            last = node.body[-1]
            reraises = isinstance(last, ast.Raise) and last.exc is None
            if not reraises and "#" not in lines[node.lineno - 1]:
                yield source.finding(node.lineno, "this except catches everything", fix)
        if isinstance(node, ast.Call) and _suppresses_everything(node):
            yield source.finding(node.lineno, "this suppress catches everything", fix)


def _suppresses_everything(call: ast.Call) -> bool:
    return _name(call.func) == "suppress" and any(map(_is_broad, call.args))


def _is_broad(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or _name(name) in _BROAD for name in names)


def _name(expression: ast.expr) -> str:
    """Returns the last part of a dotted name."""
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""


def unseeded_randomness(source: Source) -> Iterator[Finding]:
    """Finds random.Random() without a seed; ruff refuses the module's own functions."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and _name(node.func) == "Random" and not node.args:
            yield source.finding(node.lineno, "Random() without a seed", "pass a seed")


def unexplained_ignores(source: Source) -> Iterator[Finding]:
    """Finds disabled checks without a reason on the line or in a comment above it."""
    lines = source.text.splitlines()
    for number, comment in source.comments:
        match = _UNEXPLAINED.search(comment)
        above = lines[number - 2].lstrip() if number > 1 else ""
        if match and not re.search(r"[A-Za-z]", match["why"]) and not above.startswith("#"):
            yield source.finding(number, f"no reason for {match[0]}", "append ` - why`")


def too_many_mocks(sources: Sequence[Source]) -> Iterator[Finding]:
    """Finds replaced attributes if there are too many for the number of tests.

    unittest.mock is refused by ruff; setenv and chdir replace nothing of ours.
    """
    files = [source for source in sources if source.is_python and source.path.parts[0] == "tests"]
    tests = sum(len(source.tests) for source in files)
    mocks = [
        source.finding(node.lineno, "a mock too many", "run the real part, or fake its edge")
        for source in files
        for node in source.nodes
        if isinstance(node, ast.Attribute)
        and node.attr in _REPLACING
        and _name(node.value) == "monkeypatch"
    ]
    yield from mocks if len(mocks) > tests * MOCKS_PER_TEST_MAX else ()


def titles(source: Source) -> Iterator[Finding]:
    """Finds Markdown files that do not have exactly one title."""
    if source.path.suffix == ".md":
        count = len(re.findall(r"(?m)^# ", _FENCED.sub("", source.text)))
        if count != 1:
            yield source.finding(1, f"{count} titles (#)", "one title, ## for sections")


def loose_locks(source: Source) -> Iterator[Finding]:
    """Finds addresses, and distributions without version and hash, in lock files."""
    if source.path.match("locks/*.txt"):
        yield from source.matches(_LOOSE_LOCK, "not pinned by version and hash", "run `make lock`")


TreeCheck = Callable[[Sequence[Source]], Iterator[Finding]]


def _each(check: Callable[[Source], Iterator[Finding]], *, python: bool = True) -> TreeCheck:
    def check_all(sources: Sequence[Source]) -> Iterator[Finding]:
        for source in sources:
            if source.is_python or not python:
                yield from check(source)

    return check_all


def _matching(pattern: re.Pattern[str], what: str, fix: str) -> TreeCheck:
    return _each(lambda source: source.matches(pattern, what, fix), python=False)


CHECKS: Final[Mapping[str, TreeCheck]] = {
    "import directions": wrong_directions,
    "broad excepts": _each(broad_excepts),
    "randomness": _each(unseeded_randomness),
    "long files": _each(long_files),
    "long functions": _each(long_functions),
    "empty names": _each(empty_names),
    "repeated names": repeated_names,
    "ignores": _each(unexplained_ignores),
    "mocks": too_many_mocks,
    "titles": _each(titles, python=False),
    "leftovers": _matching(_LEFTOVER, "unfinished", "do it, or open an issue"),
    "machine paths": _matching(_MACHINE_PATH, "path of one machine", "make it relative"),
    "lock files": _each(loose_locks, python=False),
    "English": too_many_phrases,
}
