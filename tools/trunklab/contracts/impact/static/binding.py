"""What an assignment binds: names, parts of what is unpacked, attributes, places in containers."""

import ast

from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.elements import elements, kept_box, position
from trunklab.contracts.impact.static.values import (
    ANY,
    NOTHING,
    Box,
    Class,
    Frame,
    Instance,
    Value,
    either,
    literals,
)


def bind(analysis: Analysis, frame: Frame, target: ast.expr, value: Value) -> None:
    """The target stands for the value from now on."""
    match target:
        case ast.Name():
            again = frame.repeats and target.id in frame.names
            frame.names[target.id] = either([frame.names[target.id], value]) if again else value
            if target.id in frame.rebinds and analysis.of_event(value):
                analysis.cannot_follow(frame, target, f"keeps a part of the event in {target.id}")
        case ast.Starred():
            bind(analysis, frame, target.value, value)
        case ast.Tuple() | ast.List():
            _unpack(analysis, frame, target, value)
        case ast.Attribute():
            _store(analysis, frame, target, {target.attr}, value)
        case ast.Subscript():
            key = analysis.evaluate(analysis, frame, target.slice)
            analysis.read_whole(key)
            if isinstance(target.slice, ast.Slice):
                value = elements(analysis, value)
            _store(analysis, frame, target, set(literals(key)) or {ANY}, value)


def defaults(analysis: Analysis, frame: Frame, parameters: ast.arguments) -> None:
    """The defaults of a function are made where it is defined, though nobody calls it."""
    for one in (*parameters.defaults, *parameters.kw_defaults):
        if one is not None:
            analysis.evaluate(analysis, frame, one)


def close_over(
    analysis: Analysis,
    frame: Frame,
    node: ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef,
) -> None:
    """A function defined within a function sees what is bound around it."""
    frame.defined.append(node)
    for name, value in {**frame.outer, **frame.names}.items():
        analysis.keep(("closure", node), name, value)


def _unpack(analysis: Analysis, frame: Frame, target: ast.Tuple | ast.List, value: Value) -> None:
    has_starred = any(isinstance(one, ast.Starred) for one in target.elts)
    for index, one in enumerate(target.elts):
        if isinstance(one, ast.Starred):
            rest = kept_box(analysis, one, elements(analysis, value))
            bind(analysis, frame, one, rest)
        elif has_starred:
            bind(analysis, frame, one, elements(analysis, value))
        else:
            bind(analysis, frame, one, position(analysis, value, index))


def _store(
    analysis: Analysis,
    frame: Frame,
    target: ast.Attribute | ast.Subscript,
    names: set[str],
    value: Value,
) -> None:
    owner = analysis.evaluate(analysis, frame, target.value)
    keepers = [one for one in owner if isinstance(one, Instance | Class | Box)]
    for keeper in keepers:
        for name in names:
            analysis.keep(keeper.site if isinstance(keeper, Box) else keeper, name, value)
    if not keepers and value != NOTHING and analysis.of_event(value):
        analysis.cannot_follow(frame, target, f"keeps a part of the event in {_shown(target)}")


def _shown(node: ast.expr) -> str:
    return ast.unparse(node)[:60]
