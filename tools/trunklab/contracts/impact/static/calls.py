"""What a call hands back: of the service's own functions and classes, and of all others."""

import ast

from trunklab.contracts.impact.static import classes, known, methods
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.binding import close_over
from trunklab.contracts.impact.static.elements import elements, kept_box
from trunklab.contracts.impact.static.escape import escape, shown
from trunklab.contracts.impact.static.limits import CALLS_MAX, DEPTH_MAX
from trunklab.contracts.impact.static.statements import run
from trunklab.contracts.impact.static.values import (
    ANY,
    IMPLICIT,
    NOTHING,
    Arguments,
    Atom,
    Bound,
    Class,
    Frame,
    Function,
    Instance,
    Outside,
    Partial,
    Value,
)


def call(
    analysis: Analysis, frame: Frame, node: ast.AST, function: Value, arguments: Arguments
) -> Value:
    """What the call may hand back; `node` is where it stands."""
    if not function:
        return escape(analysis, frame, node, arguments)
    return NOTHING.union(*(_call_of(analysis, frame, node, atom, arguments) for atom in function))


def _call_of(
    analysis: Analysis, frame: Frame, node: ast.AST, atom: Atom, arguments: Arguments
) -> Value:
    match atom:
        case Function():
            found = _follow(analysis, frame, node, atom, arguments)
        case Class():
            found = _made(analysis, frame, node, atom, arguments)
        case Instance() if (member := classes.member(analysis, atom.of, "__call__")) is not None:
            whole = arguments.after(frozenset({atom}))
            found = _follow(analysis, frame, node, member.function, whole)
        case Partial():
            found = methods.call_partial(analysis, frame, node, atom, arguments)
        case Bound():
            found = methods.call_method(analysis, frame, node, atom, arguments)
        case Outside():
            found = known.call_outside(analysis, frame, node, atom.name, arguments)
        case _:
            found = escape(analysis, frame, node, arguments)
    return found


def _follow(
    analysis: Analysis, frame: Frame, node: ast.AST, function: Function, arguments: Arguments
) -> Value:
    key = (function.node, arguments)
    if key in analysis.followed:
        return analysis.results.get(key, NOTHING)
    if function.unknown_decorator and analysis.of_event(arguments.all()):
        why = f"calls what the decorator {function.unknown_decorator!r} made of a function"
        analysis.cannot_follow(frame, node, why)
    if len(analysis.followed) >= CALLS_MAX or analysis.depth >= DEPTH_MAX:
        analysis.cannot_follow(frame, node, f"calls {shown(node)}, deeper than calls are followed")
        return NOTHING
    analysis.followed.add(key)
    analysis.depth += 1
    try:
        return analysis.result(key, _run(analysis, function, arguments))
    finally:
        analysis.depth -= 1


def _run(analysis: Analysis, function: Function, arguments: Arguments) -> Value:
    outer = dict(analysis.kept.get(("closure", function.node), {}))
    inner = Frame(function.module, {}, outer)
    _bind_parameters(analysis, inner, function.node.args, arguments)
    if isinstance(function.node, ast.Lambda):
        return analysis.evaluate(analysis, inner, function.node.body)
    run(analysis, inner, function.node.body)
    for defined in tuple(inner.defined):
        close_over(analysis, inner, defined)
    if inner.is_generator:
        return kept_box(analysis, function.node, inner.yielded | inner.returned)
    return inner.returned


def _bind_parameters(
    analysis: Analysis, frame: Frame, parameters: ast.arguments, arguments: Arguments
) -> None:
    positional = [one.arg for one in (*parameters.posonlyargs, *parameters.args)]
    every = [*positional, *(one.arg for one in parameters.kwonlyargs)]
    named = dict(zip(positional, arguments.given, strict=False)) | dict(arguments.named)
    for name, default in _defaults(parameters).items():
        if name not in named:
            named[name] = analysis.evaluate(analysis, frame, default) | arguments.spread
    frame.names.update({name: named.get(name, arguments.spread) for name in every})
    if parameters.vararg is not None:
        rest = NOTHING.union(*arguments.given[len(positional) :], arguments.spread)
        frame.names[parameters.vararg.arg] = kept_box(analysis, parameters.vararg, rest)
    if parameters.kwarg is not None:
        for name in named.keys() - set(every):
            analysis.keep(parameters.kwarg, name, named[name])
        frame.names[parameters.kwarg.arg] = kept_box(analysis, parameters.kwarg, arguments.spread)


def _defaults(parameters: ast.arguments) -> dict[str, ast.expr]:
    positional = [*parameters.posonlyargs, *parameters.args]
    last = positional[len(positional) - len(parameters.defaults) :]
    found = {one.arg: value for one, value in zip(last, parameters.defaults, strict=True)}
    keyword_only = zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True)
    return found | {one.arg: value for one, value in keyword_only if value is not None}


def _made(
    analysis: Analysis, frame: Frame, node: ast.AST, one: Class, arguments: Arguments
) -> Value:
    """An object of the class; a contract's is validated, and so wholly read, as it is made."""
    if classes.is_model(analysis, one):
        analysis.read_whole(arguments.all())
        return NOTHING if classes.is_contracts(one) else frozenset({Instance(one)})
    made: Value = frozenset({Instance(one)})
    for implicit in classes.implicit(analysis, one):
        result = _follow(analysis, frame, node, implicit, Arguments((made,)))
        analysis.keep(Instance(one), IMPLICIT, result | elements(analysis, result))
    initialiser = classes.member(analysis, one, "__init__")
    if initialiser is not None:
        _follow(analysis, frame, node, initialiser.function, arguments.after(made))
        return made
    names = classes.fields(analysis, one)
    for index, value in enumerate(arguments.given):
        analysis.keep(Instance(one), names[index] if index < len(names) else ANY, value)
    for name, value in arguments.named:
        analysis.keep(Instance(one), name, value)
    analysis.keep(Instance(one), ANY, arguments.spread)
    after = classes.member(analysis, one, "__post_init__")
    if after is not None:
        _follow(analysis, frame, node, after.function, Arguments((made,)))
    return made
