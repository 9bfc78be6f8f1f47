"""What happens while a module is imported, and what it holds when a handler is done."""

import ast
from typing import Final

from trunklab.contracts.impact.static import names
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.statements import run
from trunklab.contracts.impact.static.values import (
    Arguments,
    Class,
    Frame,
    Function,
    Instance,
    Value,
)

_RUN: Final = (ast.Expr, ast.AugAssign, ast.For, ast.While)


def imported(analysis: Analysis, seen: set[str]) -> None:
    """Go through what fills registries: statements and decorators at the top of each module."""
    for module in analysis.sources.own_modules():
        if module.name not in seen:
            seen.add(module.name)
            analysis.has_changed = True
        for statement in module.statements:
            _top(analysis, Frame(module, {}), statement)


def outlive(analysis: Analysis) -> None:
    """What is kept in objects of a module is there for whoever comes next: it is read wholly."""
    for key, value in tuple(analysis.results.items()):
        if isinstance(key, tuple) and key[0] == names.CONSTANT:
            analysis.read_whole(value)
    for owner in tuple(analysis.kept):
        if isinstance(owner, Class) and owner.node in owner.module.tree.body:
            analysis.read_whole(frozenset({owner}))


def _top(analysis: Analysis, frame: Frame, statement: ast.stmt) -> None:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and statement.decorator_list:
        names.defined(analysis, frame, statement)
    elif isinstance(statement, ast.ClassDef):
        _decorate(analysis, frame, statement)
    elif isinstance(statement, _RUN) or _stores(statement):
        run(analysis, frame, [statement])


def _decorate(analysis: Analysis, frame: Frame, statement: ast.ClassDef) -> None:
    made: Value = frozenset({Class(statement, frame.module)})
    for decorator in statement.decorator_list:
        means = analysis.evaluate(analysis, frame, decorator)
        if any(isinstance(one, Function | Instance) for one in means):
            analysis.call(analysis, frame, decorator, means, Arguments((made,)))


def _stores(statement: ast.stmt) -> bool:
    """Whether it puts something into what a name stands for already."""
    return isinstance(statement, ast.Assign) and any(
        isinstance(target, ast.Attribute | ast.Subscript) for target in statement.targets
    )
