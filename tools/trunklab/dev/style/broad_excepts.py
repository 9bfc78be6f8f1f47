"""Who may catch everything: an exception that nobody expected must reach whoever retries."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from trunklab.dev.style.source_files import Finding, Source

CATCHES_ALL: Final[Mapping[str, str]] = {
    "shared/trunkline/delivery.py": "a failed message is reported, its batch goes on",
    "shared/trunkline/producer.py": "a failed request is reported and answered 500",
    "shared/trunkline/observability.py": "a log line is written whatever its arguments raise",
    "shared/trunkline/strict_json.py": "a log line is written whatever its values raise",
    "tools/trunklab/local/deploy/import_check.py": "an import may raise anything; it reports",
    "tools/trunklab/testing/worker.py": "it answers any failure, as Lambda does",
}
"""Boundaries that report whatever happened, each with its reason."""

_BROAD: Final = frozenset({"Exception", "BaseException"})
_FIX: Final = "name the exceptions that you expect; the rest must reach the caller"


def broad_excepts(source: Source) -> Iterator[Finding]:
    """Find handlers that swallow everything; one that ends in a bare `raise` swallows nothing."""
    if str(source.path) in CATCHES_ALL:
        return
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises(node):
            yield source.finding(node.lineno, "this except catches everything", _FIX)
        if isinstance(node, ast.Call) and _suppresses_everything(node):
            yield source.finding(node.lineno, "this suppress catches everything", _FIX)


def _raises(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _suppresses_everything(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    return name == "suppress" and any(_is_broad(argument) for argument in call.args)


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(ast.unparse(name).rpartition(".")[2] in _BROAD for name in names)
