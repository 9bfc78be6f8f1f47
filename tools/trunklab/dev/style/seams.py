"""Where the outer world may be read: clock, random values and environment have one seam each.

Everything else takes times, ids and settings as parameters; only so can a test choose them.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from trunklab.dev.style.source_files import Finding, Source
from trunklab.templates.imported_names import bound_names, spelled_out

SEAM_FILES: Final = frozenset({"effects.py", "settings.py"})

OTHER_SEAMS: Final[Mapping[str, frozenset[str]]] = {
    # These run in a function's process, give it its environment, and may import nothing of ours.
    "tools/trunklab/local/functions/function_start.py": frozenset({"os.environ"}),
    "tools/trunklab/local/functions/function_trace.py": frozenset({"time.time", "os.urandom"}),
    "tools/trunklab/local/deploy/import_check.py": frozenset({"os.environ"}),
    # A function in a process of its own, with the environment that its template gives it.
    "tools/trunklab/testing/worker.py": frozenset({"os.environ"}),
    # These run in the process that is measured, where the workshop's modules would be paid for.
    "benchmarks/function.py": frozenset({"os.environ", "time.monotonic", "time.process_time_ns"}),
    "benchmarks/publisher.py": frozenset(
        {"datetime.datetime.now", "os.environ", "time.process_time_ns"}
    ),
    # Written as the documentation of Powertools shows it, to be compared.
    "benchmarks/powertools_payments/src/powertools_payments/handler.py": frozenset(
        {"datetime.datetime.now", "os.environ"}
    ),
    # A function that does by itself what a settings module and the runtime would do.
    "tests/integration/prove/stacks/faulty/src/faulty.py": frozenset({"os.environ"}),
    # Written as the documentation of Powertools shows it, random ids included.
    "tests/integration/prove/documented/src/documented.py": frozenset({"os.environ", "uuid.uuid4"}),
    # A function that shows what a function sees.
    "tests/integration/local/stacks/probe/src/probe.py": frozenset({"os.environ"}),
}
"""Files outside the seams, with what each may read there."""

_CLOCK: Final = "take the time as a parameter; the clock is in effects.py"
_CHANCE: Final = "take the value or a seeded random.Random; chance is in effects.py"
_ENVIRONMENT: Final = "take the setting as a parameter; the environment is in settings.py"

_BANNED: Final[Mapping[str, str]] = {
    "datetime.datetime.now": _CLOCK,
    "datetime.datetime.utcnow": _CLOCK,
    "datetime.datetime.today": _CLOCK,
    "datetime.date.today": _CLOCK,
    "time.time": _CLOCK,
    "time.time_ns": _CLOCK,
    "time.monotonic": _CLOCK,
    "time.monotonic_ns": _CLOCK,
    "time.perf_counter": _CLOCK,
    "time.perf_counter_ns": _CLOCK,
    "time.process_time": _CLOCK,
    "time.sleep": _CLOCK,
    "uuid.uuid1": _CHANCE,
    "uuid.uuid4": _CHANCE,
    "random": _CHANCE,
    "secrets": _CHANCE,
    "os.urandom": _CHANCE,
    "os.environ": _ENVIRONMENT,
    "os.environb": _ENVIRONMENT,
    "os.getenv": _ENVIRONMENT,
    "os.putenv": _ENVIRONMENT,
}

_SEEDED: Final = "random.Random"


def outside_seams(source: Source) -> Iterator[Finding]:
    """Find clocks, chance and environment read outside effects.py and settings.py."""
    if source.path.name in SEAM_FILES:
        return
    agreed = OTHER_SEAMS.get(str(source.path), frozenset())
    for node, name in references(source.tree):
        banned = _banned_part(name)
        if banned and banned not in agreed:
            yield source.finding(node.lineno, f"{name} outside its seam", _BANNED[banned])
    bound = bound_names(source.tree)
    for call in source.nodes:
        if isinstance(call, ast.Call) and _is_unseeded(call, bound):
            yield source.finding(call.lineno, f"{_SEEDED}() without a seed", _CHANCE)


def _banned_part(name: str) -> str | None:
    """Return the banned name that a dotted name is or begins with: os.environ of os.environ.get."""
    parts = name.split(".")
    prefixes = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return None if name == _SEEDED else next((one for one in prefixes if one in _BANNED), None)


def references(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yield every use of an imported name, spelled out: `sleep(1)` as time.sleep."""
    bound = bound_names(tree)
    inner: set[ast.AST] = set()
    for node in ast.walk(tree):  # an attribute comes before what it is an attribute of
        if isinstance(node, ast.Attribute | ast.Name) and node not in inner:
            name = spelled_out(node, bound)
            if name is not None:
                inner.update(ast.walk(node))
                yield node, name


def _is_unseeded(call: ast.Call, bound: Mapping[str, str]) -> bool:
    return spelled_out(call.func, bound) == _SEEDED and not (call.args or call.keywords)
