"""What an expression stands for, and what of the event is read on the way."""

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from trunklab.contracts.impact.static import binding, members, names
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.elements import elements, item, kept_box
from trunklab.contracts.impact.static.limits import NESTING_MAX
from trunklab.contracts.impact.static.values import (
    ANY,
    NOTHING,
    Arguments,
    At,
    Box,
    Frame,
    Function,
    Instance,
    Text,
    Value,
    either,
)


def evaluate(analysis: Analysis, frame: Frame, node: ast.expr) -> Value:
    """What the expression may stand for."""
    if analysis.nesting >= NESTING_MAX:
        analysis.cannot_follow(frame, node, "is nested too deeply to be followed")
        return NOTHING
    analysis.nesting += 1
    try:
        return _EVALUATE.get(type(node), _nothing_of)(analysis, frame, node)
    finally:
        analysis.nesting -= 1


def _nothing_of(analysis: Analysis, frame: Frame, node: ast.expr) -> Value:
    """A number, or an expression of which only the parts matter."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr):
            evaluate(analysis, frame, part)
    return NOTHING


def _any_part(analysis: Analysis, frame: Frame, node: ast.expr) -> Value:
    parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    return either(evaluate(analysis, frame, part) for part in parts)


def _constant(_analysis: Analysis, _frame: Frame, node: Any) -> Value:
    return frozenset({Text(node.value)}) if isinstance(node.value, str) else NOTHING


def _name(analysis: Analysis, frame: Frame, node: Any) -> Value:
    return names.lookup(analysis, frame, node.id)


def _attribute(analysis: Analysis, frame: Frame, node: Any) -> Value:
    owner = evaluate(analysis, frame, node.value)
    return members.attribute(analysis, frame, node, owner, node.attr)


def _subscript(analysis: Analysis, frame: Frame, node: Any) -> Value:
    owner = evaluate(analysis, frame, node.value)
    key = evaluate(analysis, frame, node.slice)
    if isinstance(node.slice, ast.Slice):
        return owner
    number = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return item(analysis, owner, key, number if isinstance(number, int) else None)


def _call(analysis: Analysis, frame: Frame, node: Any) -> Value:
    function = evaluate(analysis, frame, node.func)
    given: list[Value] = []
    spread = NOTHING
    for argument in node.args:
        value = evaluate(analysis, frame, argument)
        if isinstance(argument, ast.Starred):
            spread |= value
        else:
            given.append(value)
    named: dict[str, Value] = {}
    for keyword in node.keywords:
        value = evaluate(analysis, frame, keyword.value)
        if keyword.arg is None:
            spread |= elements(analysis, value)
        else:
            named[keyword.arg] = value
    arguments = Arguments(tuple(given), tuple(named.items()), spread)
    return analysis.call(analysis, frame, node, function, arguments)


def _joined(analysis: Analysis, frame: Frame, node: Any) -> Value:
    """An f-string: what stands in it becomes text, with everything below."""
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            analysis.read_whole(evaluate(analysis, frame, part.value))
            if part.format_spec is not None:
                evaluate(analysis, frame, part.format_spec)
    return NOTHING


def _compared(analysis: Analysis, frame: Frame, node: Any) -> Value:
    values = [evaluate(analysis, frame, one) for one in (node.left, *node.comparators)]
    if not all(isinstance(operator, ast.Is | ast.IsNot) for operator in node.ops):
        analysis.read_whole(NOTHING.union(*values))
    return NOTHING


def _binary(analysis: Analysis, frame: Frame, node: Any) -> Value:
    left = evaluate(analysis, frame, node.left)
    right = evaluate(analysis, frame, node.right)
    if isinstance(node.op, ast.Mod):
        return analysis.read_whole(right)  # the % of texts
    both = left | right
    analysis.read_whole(frozenset(one for one in both if isinstance(one, Instance)))
    return frozenset(one for one in both if isinstance(one, Box) or _is_list(analysis, one))


def _is_list(analysis: Analysis, atom: object) -> bool:
    return isinstance(atom, At) and not analysis.types.is_scalar(atom.places)


def _choice(analysis: Analysis, frame: Frame, node: Any) -> Value:
    evaluate(analysis, frame, node.test)
    return either(evaluate(analysis, frame, one) for one in (node.body, node.orelse))


def _lambda(analysis: Analysis, frame: Frame, node: Any) -> Value:
    binding.defaults(analysis, frame, node.args)
    binding.close_over(analysis, frame, node)
    return frozenset({Function(node, frame.module)})


def _dict(analysis: Analysis, frame: Frame, node: Any) -> Value:
    for key, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(analysis, frame, value_node)
        if key is None:
            for atom in value:
                if isinstance(atom, Box):
                    for name, held in analysis.holdings(atom).items():
                        analysis.keep(node, name, held)
                elif isinstance(atom, At):
                    analysis.read_whole(frozenset({atom}))
            continue
        key_value = evaluate(analysis, frame, key)
        analysis.read_whole(key_value)
        texts = [one.text for one in key_value if isinstance(one, Text)]
        for name in texts or [ANY]:
            analysis.keep(node, name, value)
    return frozenset({Box(node)})


def _sequence(analysis: Analysis, frame: Frame, node: Any) -> Value:
    has_starred = any(isinstance(one, ast.Starred) for one in node.elts)
    for index, one in enumerate(node.elts):
        value = evaluate(analysis, frame, one)
        analysis.keep(node, ANY if has_starred else str(index), value)
    return frozenset({Box(node)})


def _set(analysis: Analysis, frame: Frame, node: Any) -> Value:
    value = _sequence(analysis, frame, node)
    analysis.read_whole(value)
    return value


def _starred(analysis: Analysis, frame: Frame, node: Any) -> Value:
    return elements(analysis, evaluate(analysis, frame, node.value))


def _comprehension(analysis: Analysis, frame: Frame, node: Any) -> Value:
    inner = Frame(frame.module, dict(frame.names), frame.outer)
    for generator in node.generators:
        iterated = evaluate(analysis, inner, generator.iter)
        binding.bind(analysis, inner, generator.target, elements(analysis, iterated))
        for condition in generator.ifs:
            evaluate(analysis, inner, condition)
    if isinstance(node, ast.DictComp):
        analysis.read_whole(evaluate(analysis, inner, node.key))
        made = evaluate(analysis, inner, node.value)
    else:
        made = evaluate(analysis, inner, node.elt)
    if isinstance(node, ast.SetComp):
        analysis.read_whole(made)
    for part in ast.walk(node):
        if isinstance(part, ast.NamedExpr):  # its name is the function's
            name = part.target.id
            bound = inner.names.get(name, NOTHING) | frame.names.get(name, NOTHING)
            frame.names[name] = bound
    return kept_box(analysis, node, made)


def _walrus(analysis: Analysis, frame: Frame, node: Any) -> Value:
    value = evaluate(analysis, frame, node.value)
    binding.bind(analysis, frame, node.target, value)
    return value


def _yield(analysis: Analysis, frame: Frame, node: Any) -> Value:
    value = evaluate(analysis, frame, node.value) if node.value else NOTHING
    frame.is_generator = True
    if isinstance(node, ast.YieldFrom):
        value = elements(analysis, value)  # what the generator returns is among them
    frame.yielded |= value
    return value if isinstance(node, ast.YieldFrom) else NOTHING


_Evaluate = Callable[[Analysis, Frame, Any], Value]

_EVALUATE: Final[Mapping[type[ast.expr], _Evaluate]] = MappingProxyType(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Call: _call,
        ast.JoinedStr: _joined,
        ast.Compare: _compared,
        ast.BinOp: _binary,
        ast.BoolOp: _any_part,
        ast.Await: _any_part,
        ast.IfExp: _choice,
        ast.Lambda: _lambda,
        ast.Dict: _dict,
        ast.List: _sequence,
        ast.Tuple: _sequence,
        ast.Set: _set,
        ast.Starred: _starred,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _comprehension,
        ast.NamedExpr: _walrus,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
    }
)
