"""Which fields of its event a handler reads, as its source text says."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from trunklab.contracts.impact.field_paths import Path, normal
from trunklab.contracts.impact.static import modules, names
from trunklab.contracts.impact.static.analysis import Analysis, Place
from trunklab.contracts.impact.static.calls import call
from trunklab.contracts.impact.static.expressions import evaluate
from trunklab.contracts.impact.static.limits import ROUNDS_MAX
from trunklab.contracts.impact.static.sources import Module, Sources
from trunklab.contracts.impact.static.types import Types
from trunklab.contracts.impact.static.values import Arguments, At, Frame, Unit, Value
from trunklab.templates.errors import SourceError

__all__ = ["Place", "Reads", "reads"]


@dataclass(frozen=True)
class Reads:
    """What a handler reads of its event's data, and where its source cannot be followed."""

    paths: frozenset[Path]
    unknown: tuple[Place, ...]


def reads(
    root: FilePath,
    folder: FilePath,
    module: str,
    function: str,
    contract: Mapping[str, Any] | None = None,
) -> Reads:
    """Follow the handler through the modules in the folder and the contracts under the root.

    `contract` is the JSON Schema of its event; without it nothing is known of what its values are,
    and more of the source cannot be followed. Raises SourceError for source that cannot be read.
    """
    sources = Sources(root, folder)
    home = sources.module(module)
    shown = folder.relative_to(root) if folder.is_relative_to(root) else folder
    if home is None:
        raise SourceError(shown, 1, f"has no module {module}")
    node = next((one for one in home.names.get(function, []) if isinstance(one, ast.AST)), None)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        named = f"no function {function}" if function else "a function without a name"
        return Reads(frozenset(), (Place(home.path, 1, f"has {named} at its top level"),))
    analysis = Analysis(sources, Types(contract), evaluate, call)
    try:
        _settle(analysis, home, node)
    except RecursionError:
        analysis.unknown.add(Place(home.path, node.lineno, "is nested too deeply to be followed"))
    return Reads(normal(analysis.paths), tuple(sorted(analysis.unknown)))


def _settle(analysis: Analysis, home: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Go through the handler until nothing new is learned of objects and results."""
    event: Value = frozenset({At((), analysis.types.root())})
    arguments = Arguments((event, frozenset({Unit()})))
    frame = Frame(home, {})
    seen: set[str] = set()
    for _ in range(ROUNDS_MAX):
        analysis.begin_round()
        handler = names.defined(analysis, frame, node)
        returned = analysis.call(analysis, frame, node, handler, arguments)
        analysis.read_whole(returned)
        modules.imported(analysis, seen)
        modules.outlive(analysis)
        if not analysis.has_changed:
            return
    analysis.unknown.add(Place(home.path, node.lineno, "does not settle when it is followed"))
