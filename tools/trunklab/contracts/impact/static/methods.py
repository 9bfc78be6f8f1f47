"""What methods of events, containers, objects and the unit of work hand back."""

import ast
from typing import Final

from trunklab.contracts.impact.static import classes, members
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.elements import elements, item, kept_box
from trunklab.contracts.impact.static.escape import escape
from trunklab.contracts.impact.static.values import (
    ANY,
    NOTHING,
    Arguments,
    At,
    Bound,
    Box,
    Class,
    Frame,
    Incoming,
    Instance,
    Partial,
    Text,
    Unit,
    Value,
)

_ADDING: Final = frozenset(
    {"append", "appendleft", "add", "insert", "extend", "update", "setdefault", "__setitem__"}
)
_TAKING: Final = frozenset({"get", "pop", "popleft", "popitem", "__getitem__"})
_SAME: Final = frozenset({"copy", "values", "reverse", "sort", "__iter__", "union", "keys"})
_STORING: Final = frozenset({"put", "update", "delete", "check", "get", "query"})


def call_method(
    analysis: Analysis, frame: Frame, node: ast.AST, bound: Bound, arguments: Arguments
) -> Value:
    """What the method hands back."""
    match bound.owner:
        case At():
            return _of_event(analysis, frame, node, (bound.owner, bound.name), arguments)
        case Box():
            return _of_box(analysis, frame, node, (bound.owner, bound.name), arguments)
        case Unit():
            return _of_unit(analysis, frame, node, bound.name, arguments)
        case Incoming():
            return analysis.read_whole(frozenset({bound.owner}))
        case Instance():
            return _of_instance(analysis, frame, node, (bound.owner, bound.name), arguments)
        case Class():
            return _of_class(analysis, frame, node, (bound.owner, bound.name), arguments)


def call_partial(
    analysis: Analysis, frame: Frame, node: ast.AST, partial: Partial, arguments: Arguments
) -> Value:
    """A function with some arguments given before."""
    holdings = analysis.holdings(partial)
    given = [holdings[str(index)] for index in range(len(holdings)) if str(index) in holdings]
    named = {
        name.removeprefix("="): value for name, value in holdings.items() if name.startswith("=")
    }
    whole = Arguments(
        (*given, *arguments.given),
        tuple((named | dict(arguments.named)).items()),
        arguments.spread | holdings.get(ANY, NOTHING),
    )
    return analysis.call(analysis, frame, node, holdings.get(members.FUNCTION, NOTHING), whole)


def _of_event(
    analysis: Analysis, frame: Frame, node: ast.AST, on: tuple[At, str], arguments: Arguments
) -> Value:
    at, name = on
    me: Value = frozenset({at})
    for one in classes.of_places(analysis, at.places):
        member = classes.member(analysis, one, name)
        if member is not None and member.kind == "method" and name not in members.METHODS:
            function: Value = frozenset({member.function})
            return analysis.call(analysis, frame, node, function, arguments.after(me))
    if name in members.CLASS_METHODS:
        return analysis.read_whole(arguments.all())
    if name in {"get", "pop", "setdefault", "__getitem__"}:
        return item(analysis, me, arguments.first(), None) | NOTHING.union(*arguments.given[1:])
    analysis.read_whole(me | arguments.all())
    if name in members.SAME_METHODS:
        return me
    if name not in members.WHOLE_METHODS:
        analysis.cannot_follow(frame, node, f"calls {name!r}, which the contract does not define")
    return NOTHING


def _of_box(
    analysis: Analysis, frame: Frame, node: ast.AST, on: tuple[Box, str], arguments: Arguments
) -> Value:
    box, name = on
    if name in _ADDING:
        added = arguments.all()
        for value in arguments.given:
            added |= elements(analysis, value) if name in {"extend", "update"} else NOTHING
        analysis.keep(box.site, ANY, added)
        return added if name == "setdefault" else NOTHING
    if name in _TAKING:
        key = arguments.first()
        named = any(isinstance(one, Text) for one in key)
        held = item(analysis, frozenset({box}), key, None) if named else analysis.held(box)
        return held | NOTHING.union(*arguments.given[1:])
    if name in _SAME:
        key = arguments.name("key")
        if key:
            inside = Arguments((analysis.held(box),))
            analysis.call(analysis, frame, node, key, inside)
        return frozenset({box})
    if name == "items":
        pair = analysis.inner_site(box.site, "pair")
        analysis.keep(pair, "1", analysis.held(box))
        return kept_box(analysis, node, frozenset({Box(pair)}))
    analysis.read_whole(arguments.all() | analysis.held(box))
    return NOTHING


def _of_unit(
    analysis: Analysis, frame: Frame, node: ast.AST, name: str, arguments: Arguments
) -> Value:
    if name == "once":
        function = arguments.given[1] if len(arguments.given) > 1 else arguments.name("call")
        return analysis.call(analysis, frame, node, function, Arguments((NOTHING,)))
    if name in _STORING:
        return analysis.read_whole(arguments.all())
    return escape(analysis, frame, node, arguments)


def _of_instance(
    analysis: Analysis, frame: Frame, node: ast.AST, on: tuple[Instance, str], arguments: Arguments
) -> Value:
    instance, name = on
    member = classes.member(analysis, instance.of, name)
    me: Value = frozenset({instance})
    if member is not None:
        first: Value = frozenset({instance.of}) if member.kind == "classmethod" else me
        whole = arguments if member.kind == "staticmethod" else arguments.after(first)
        return analysis.call(analysis, frame, node, frozenset({member.function}), whole)
    if name in {"_replace", "model_copy"}:
        for field, value in arguments.named:
            analysis.keep(instance, field, value)
        return me
    if name in {"_asdict", "model_dump", "model_dump_json", "items", "values"}:
        return analysis.read_whole(me)
    if classes.fields(analysis, instance.of) and name in {"get", "pop"}:
        return analysis.held(instance)
    return escape(analysis, frame, node, arguments.after(me))


def _of_class(
    analysis: Analysis, frame: Frame, node: ast.AST, on: tuple[Class, str], arguments: Arguments
) -> Value:
    one, name = on
    member = classes.member(analysis, one, name)
    if classes.is_contracts(one) and classes.is_model(analysis, one):
        return analysis.read_whole(arguments.all())
    if member is not None:
        first: Value = frozenset({one})
        whole = arguments.after(first) if member.kind == "classmethod" else arguments
        return analysis.call(analysis, frame, node, frozenset({member.function}), whole)
    if classes.is_model(analysis, one):
        analysis.read_whole(arguments.all())
        return frozenset({Instance(one)})
    return escape(analysis, frame, node, arguments)
