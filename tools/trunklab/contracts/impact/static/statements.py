"""What statements read and bind; every branch counts, whatever it depends on."""

import ast
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from trunklab.contracts.impact.static import binding, names, patterns
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.elements import elements
from trunklab.contracts.impact.static.sources import Imported, bound_by
from trunklab.contracts.impact.static.values import ANY, Box, Class, Frame, Instance, Value, either

_LOOP_ROUNDS_MAX: Final = 40
"""Times that a loop's body is gone through until what its names stand for settles."""


def run(analysis: Analysis, frame: Frame, body: Iterable[ast.stmt]) -> None:
    """Go through the statements in order."""
    for statement in body:
        _RUN.get(type(statement), _parts)(analysis, frame, statement)


def _parts(analysis: Analysis, frame: Frame, statement: ast.stmt) -> None:
    """Expressions, `raise`, `assert`, `del`: what stands in them is read."""
    for part in ast.iter_child_nodes(statement):
        if isinstance(part, ast.expr):
            analysis.evaluate(analysis, frame, part)


def _return(analysis: Analysis, frame: Frame, statement: Any) -> None:
    if statement.value is not None:
        frame.returned |= analysis.evaluate(analysis, frame, statement.value)


def _assign(analysis: Analysis, frame: Frame, statement: Any) -> None:
    if statement.value is None:
        return
    value = analysis.evaluate(analysis, frame, statement.value)
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else statement.targets
    for target in targets:
        binding.bind(analysis, frame, target, value)


def _augment(analysis: Analysis, frame: Frame, statement: Any) -> None:
    before = analysis.evaluate(analysis, frame, statement.target)
    value = analysis.evaluate(analysis, frame, statement.value)
    for inside in before:
        if isinstance(inside, Box):
            analysis.keep(inside.site, ANY, elements(analysis, value))
    kept = before | frozenset(one for one in value if isinstance(one, Box))
    binding.bind(analysis, frame, statement.target, kept)


def _if(analysis: Analysis, frame: Frame, statement: Any) -> None:
    analysis.evaluate(analysis, frame, statement.test)
    _branches(analysis, frame, [statement.body, statement.orelse])


def _branches(analysis: Analysis, frame: Frame, bodies: Iterable[list[ast.stmt]]) -> None:
    """Go through each from the same start; afterwards a name is what it is in any of them."""
    before = dict(frame.names)
    after: list[dict[str, Value]] = []
    for body in bodies:
        frame.names = dict(before)
        run(analysis, frame, body)
        after.append(frame.names)
    frame.names = _joined(after)


def _joined(branches: Iterable[Mapping[str, Value]]) -> dict[str, Value]:
    joined: dict[str, Value] = {}
    for names_then in branches:
        for name, value in names_then.items():
            joined[name] = either([joined[name], value]) if name in joined else value
    return joined


def _for(analysis: Analysis, frame: Frame, statement: Any) -> None:
    def once() -> None:
        iterated = analysis.evaluate(analysis, frame, statement.iter)
        binding.bind(analysis, frame, statement.target, elements(analysis, iterated))
        run(analysis, frame, statement.body)

    _repeated(analysis, frame, statement, once)


def _while(analysis: Analysis, frame: Frame, statement: Any) -> None:
    def once() -> None:
        analysis.evaluate(analysis, frame, statement.test)
        run(analysis, frame, statement.body)

    _repeated(analysis, frame, statement, once)


def _repeated(
    analysis: Analysis, frame: Frame, statement: ast.For | ast.While, once: Callable[[], None]
) -> None:
    """Go through a loop until its names stand for nothing new."""
    frame.repeats += 1
    for _ in range(_LOOP_ROUNDS_MAX):
        before = dict(frame.names)
        once()
        frame.names = _joined([before, frame.names])
        if frame.names == before:
            break
    else:
        analysis.cannot_follow(frame, statement, "is a loop that does not settle")
    frame.repeats -= 1
    run(analysis, frame, statement.orelse)


def _with(analysis: Analysis, frame: Frame, statement: Any) -> None:
    for entered in statement.items:
        value = analysis.evaluate(analysis, frame, entered.context_expr)
        if entered.optional_vars is not None:
            own = frozenset(one for one in value if isinstance(one, Instance))
            binding.bind(analysis, frame, entered.optional_vars, own | elements(analysis, value))
    run(analysis, frame, statement.body)


def _try(analysis: Analysis, frame: Frame, statement: Any) -> None:
    frame.repeats += 1  # any statement of the body may be the last one
    run(analysis, frame, statement.body)
    frame.repeats -= 1
    run(analysis, frame, statement.orelse)
    for handler in statement.handlers:
        if handler.name is not None and handler.type is not None:
            caught = _one_or_all(analysis.evaluate(analysis, frame, handler.type), analysis)
            frame.names[handler.name] = frozenset(
                Instance(one) for one in caught if isinstance(one, Class)
            )
    _branches(analysis, frame, [[], *(one.body for one in statement.handlers)])
    run(analysis, frame, statement.finalbody)


def _one_or_all(value: Value, analysis: Analysis) -> Value:
    """What is named alone, or in a tuple."""
    return value | elements(analysis, value)


def _match(analysis: Analysis, frame: Frame, statement: Any) -> None:
    subject = analysis.evaluate(analysis, frame, statement.subject)
    before = dict(frame.names)
    after = [before]
    for case in statement.cases:
        frame.names = dict(before)
        patterns.take(analysis, frame, case.pattern, subject)
        if case.guard is not None:
            analysis.evaluate(analysis, frame, case.guard)
        run(analysis, frame, case.body)
        after.append(frame.names)
    frame.names = _joined(after)


def _function(analysis: Analysis, frame: Frame, statement: Any) -> None:
    binding.defaults(analysis, frame, statement.args)
    frame.names[statement.name] = names.defined(analysis, frame, statement)
    binding.close_over(analysis, frame, statement)


def _class(analysis: Analysis, frame: Frame, statement: Any) -> None:
    made = Class(statement, frame.module)
    frame.names[statement.name] = frozenset({made})
    body = Frame(frame.module, {}, {**frame.outer, **frame.names})
    for inner in statement.body:
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            binding.defaults(analysis, body, inner.args)
            binding.close_over(analysis, frame, inner)
        else:
            run(analysis, body, [inner])
    for name, value in body.names.items():
        analysis.keep(made, name, value)


def _import(analysis: Analysis, frame: Frame, statement: Any) -> None:
    for name, meaning in bound_by(statement, frame.module):
        if isinstance(meaning, Imported):
            frame.names[name] = names.imported(analysis, meaning)


def _outer(_analysis: Analysis, frame: Frame, statement: Any) -> None:
    """`global` and `nonlocal`: what is kept there may be read by others."""
    frame.rebinds.update(statement.names)


_Run = Callable[[Analysis, Frame, Any], None]

_RUN: Final[Mapping[type[ast.stmt], _Run]] = MappingProxyType(
    {
        ast.Return: _return,
        ast.Assign: _assign,
        ast.AnnAssign: _assign,
        ast.AugAssign: _augment,
        ast.If: _if,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.While: _while,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.Match: _match,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class,
        ast.Import: _import,
        ast.ImportFrom: _import,
        ast.Global: _outer,
        ast.Nonlocal: _outer,
    }
)
