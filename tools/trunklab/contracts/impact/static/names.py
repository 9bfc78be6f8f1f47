"""What a name means: in a function, in its module, in the module it is imported from."""

import ast
import builtins

from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.sources import Imported, Module
from trunklab.contracts.impact.static.values import (
    NOTHING,
    Arguments,
    Class,
    Frame,
    Function,
    Outside,
    Package,
    Value,
)

CONSTANT = "constant"
"""Under this, results are kept of what a module makes once, while it is imported."""

_TRANSPARENT = frozenset(
    {
        "builtins.property",
        "builtins.staticmethod",
        "builtins.classmethod",
        "contextlib.contextmanager",
        "functools.cache",
        "functools.cached_property",
        "functools.lru_cache",
        "functools.wraps",
        "typing.final",
        "typing.overload",
        "typing.override",
        "pydantic.model_validator",
        "pydantic.field_validator",
        "pydantic.field_serializer",
        "pydantic.model_serializer",
        "pydantic.computed_field",
    }
)
"""Decorators that leave what a function reads as it is."""


def lookup(analysis: Analysis, frame: Frame, name: str) -> Value:
    """What a name stands for at this place."""
    if name in frame.names:
        return frame.names[name]
    if name in frame.outer:
        return frame.outer[name]
    found = in_module(analysis, frame.module, name)
    if found is not None:
        return found
    return frozenset({Outside(f"builtins.{name}")}) if hasattr(builtins, name) else NOTHING


def in_module(
    analysis: Analysis, module: Module, name: str, seen: frozenset[tuple[str, str]] = frozenset()
) -> Value | None:
    """What a name of a module stands for; None if it has no such name."""
    if (module.name, name) in seen:
        return NOTHING
    seen |= {(module.name, name)}
    meanings = module.names.get(name)
    if meanings is not None:
        values = [_meaning(analysis, module, one, seen) for one in meanings]
        return NOTHING.union(*values)
    for star in module.stars:
        source = analysis.module(star)
        found = in_module(analysis, source, name, seen) if source else None
        if found is not None:
            return found
    return None


def imported(
    analysis: Analysis, what: Imported, seen: frozenset[tuple[str, str]] = frozenset()
) -> Value:
    """What an imported name stands for."""
    module = analysis.module(what.module)
    if not what.name:
        return frozenset({Package(module) if module else Outside(what.module)})
    if module is not None:
        found = in_module(analysis, module, what.name, seen)
        if found is not None:
            return found
    inner = analysis.module(f"{what.module}.{what.name}")
    if inner is not None:
        return frozenset({Package(inner)})
    return frozenset({Outside(f"{what.module}.{what.name}")})


def defined(
    analysis: Analysis, frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> Value:
    """What the name of a function stands for, once its decorators are applied."""
    value: Value = frozenset({Function(node, frame.module)})
    for decorator in reversed(node.decorator_list):
        value = _decorated(analysis, frame, value, decorator)
    return value


def dotted(analysis: Analysis, frame: Frame, node: ast.expr) -> str:
    """The full name of what an expression names in another library; empty for all else."""
    named = node.func if isinstance(node, ast.Call) else node
    if isinstance(named, ast.Attribute):
        owner = dotted(analysis, frame, named.value)
        return f"{owner}.{named.attr}" if owner else ""
    if not isinstance(named, ast.Name):
        return ""
    found = [one for one in lookup(analysis, frame, named.id) if isinstance(one, Outside)]
    return found[0].name if found else ""


def _meaning(
    analysis: Analysis, module: Module, what: ast.AST | Imported, seen: frozenset[tuple[str, str]]
) -> Value:
    frame = Frame(module, {})
    match what:
        case Imported():
            return imported(analysis, what, seen)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return defined(analysis, frame, what)
        case ast.ClassDef():
            return frozenset({Class(what, module)})
        case ast.Name():
            return in_module(analysis, module, what.id, seen) or NOTHING
        case ast.expr():
            return _constant(analysis, frame, what)
    return NOTHING


def _constant(analysis: Analysis, frame: Frame, node: ast.expr) -> Value:
    """A value made once, while the module is imported: it may hold functions and texts."""
    key = (CONSTANT, node)
    if key not in analysis.followed:
        analysis.followed.add(key)
        analysis.result(key, analysis.evaluate(analysis, frame, node))
    return analysis.results.get(key, NOTHING)


def _decorated(analysis: Analysis, frame: Frame, value: Value, decorator: ast.expr) -> Value:
    if dotted(analysis, frame, decorator) in _TRANSPARENT or _declares_handler(decorator):
        return value
    if isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "deleter"}:
        return value
    means = analysis.evaluate(analysis, frame, decorator)
    if any(isinstance(one, Function | Class) for one in means):
        return analysis.call(analysis, frame, decorator, means, Arguments((value,)))
    shown = ast.unparse(decorator)
    return frozenset(
        Function(one.node, one.module, shown) if isinstance(one, Function) else one for one in value
    )


def _declares_handler(decorator: ast.expr) -> bool:
    """Whether it is the runtime's own: `@app.on(Contract, name=...)`, `@api.handler`."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(named, ast.Attribute) and named.attr in {"on", "handler"}
