"""What functions of Python itself do with what they are handed; all others escape."""

import ast
import builtins
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from trunklab.contracts.impact.static import classes, members
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.elements import elements, kept_box
from trunklab.contracts.impact.static.escape import call_back, escape
from trunklab.contracts.impact.static.values import (
    ANY,
    NOTHING,
    Arguments,
    At,
    Box,
    Class,
    Frame,
    Instance,
    Parent,
    Partial,
    Text,
    Value,
    literals,
)

_ONLY_LOOKING: Final = frozenset(
    {"len", "bool", "isinstance", "issubclass", "id", "callable", "range"} | {"object"}
)
"""They see that there is a value, or how many; nothing below it."""

_WHOLE: Final = frozenset(
    {f"builtins.{name}" for name in ("str", "repr", "format", "ascii", "print", "hash", "vars")}
    | {f"builtins.{name}" for name in ("set", "frozenset", "sum", "int", "float", "bytes", "abs")}
    | {f"builtins.{name}" for name in ("round", "divmod", "pow", "any", "all", "ord", "chr")}
    | {"json.dumps", "dataclasses.asdict", "dataclasses.astuple", "collections.Counter"}
    | {"decimal.Decimal", "uuid.UUID", "math.fsum", "builtins.str.join", "builtins.str.format"}
)
"""They read everything in what they are handed."""

_SEQUENCES: Final = frozenset(
    {f"builtins.{name}" for name in ("list", "tuple", "iter", "reversed")}
    | {"collections.deque", "itertools.chain", "itertools.chain.from_iterable"}
    | {"itertools.islice", "itertools.cycle", "itertools.takewhile", "itertools.dropwhile"}
)
"""They hand back the same elements."""

_HIDING: Final = frozenset(
    {f"builtins.{name}" for name in ("eval", "exec", "compile", "globals", "locals", "__import__")}
)
"""They reach what no reader of the source can see."""

_FAILURES: Final = ("Error", "Exception")

_READING_ALL: Final = ("builtins.str.", "schemas.")
"""Methods of texts, and contracts whose source is not there: what is handed over is validated."""

_GETTER: Final = "operator.attrgetter()"
"""What attrgetter hands back."""

_Known = Callable[[Analysis, Frame, ast.AST, Arguments], Value]


def call_outside(
    analysis: Analysis, frame: Frame, node: ast.AST, name: str, arguments: Arguments
) -> Value:
    """What a function of another library hands back."""
    if name in _HIDING:
        analysis.cannot_follow(frame, node, f"calls {name.removeprefix('builtins.')}")
    known = _KNOWN.get(name)
    if known is not None:
        return known(analysis, frame, node, arguments)
    short = name.removeprefix("builtins.")
    if short in _ONLY_LOOKING:
        return NOTHING
    if name in _WHOLE or name.endswith(_FAILURES) or name.startswith(_READING_ALL):
        call_back(analysis, frame, node, arguments.all())
        return analysis.read_whole(arguments.all())
    if name in _SEQUENCES:
        inside = NOTHING.union(*(_all_in(analysis, one) for one in arguments.given))
        return kept_box(analysis, node, inside | elements(analysis, arguments.spread))
    if hasattr(builtins, short):
        analysis.read_whole(arguments.all())
    return escape(analysis, frame, node, arguments)


def _all_in(analysis: Analysis, value: Value) -> Value:
    """Elements, and those of lists within: `chain` goes through both."""
    inside = elements(analysis, value)
    boxes = frozenset(one for one in inside if isinstance(one, Box))
    return inside | elements(analysis, boxes)


def _ordered(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    """`min`, `max`: by a key, or by the elements themselves."""
    inside = elements(analysis, arguments.first())
    if len(arguments.given) > 1:
        inside = arguments.all()
    key = arguments.name("key")
    if key:
        analysis.call(analysis, frame, node, key, Arguments((inside,)))
    else:
        analysis.read_whole(inside)
    return inside | arguments.name("default")


def _sorted(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    return kept_box(analysis, node, _ordered(analysis, frame, node, arguments))


def _mapped(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    handed = tuple(elements(analysis, one) for one in arguments.given[1:])
    made = analysis.call(analysis, frame, node, arguments.first(), Arguments(handed))
    return kept_box(analysis, node, made)


def _filtered(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    inside = NOTHING.union(*(elements(analysis, one) for one in arguments.given[1:]))
    if arguments.first():
        analysis.call(analysis, frame, node, arguments.first(), Arguments((inside,)))
    return kept_box(analysis, node, inside)


def _reduced(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    inside = NOTHING.union(*(elements(analysis, one) for one in arguments.given[1:2]))
    start = NOTHING.union(*arguments.given[2:3]) | inside
    handed = Arguments((start, inside))
    made = analysis.call(analysis, frame, node, arguments.first(), handed)
    again = Arguments((start | made, inside))
    return made | analysis.call(analysis, frame, node, arguments.first(), again)


def _zipped(analysis: Analysis, _frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    pair = analysis.inner_site(node, "pair")
    for index, one in enumerate(arguments.given):
        analysis.keep(pair, str(index), elements(analysis, one))
    return kept_box(analysis, node, frozenset({Box(pair)}))


def _numbered(analysis: Analysis, _frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    pair = analysis.inner_site(node, "pair")
    analysis.keep(pair, "0", NOTHING)
    analysis.keep(pair, "1", elements(analysis, arguments.first()))
    return kept_box(analysis, node, frozenset({Box(pair)}))


def _next(analysis: Analysis, _frame: Frame, _node: ast.AST, arguments: Arguments) -> Value:
    return elements(analysis, arguments.first()) | NOTHING.union(*arguments.given[1:])


def _dict(analysis: Analysis, _frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    for name, value in arguments.named:
        analysis.keep(node, name, value)
    held = NOTHING.union(*(_all_in(analysis, one) for one in arguments.given))
    return kept_box(analysis, node, held | arguments.spread)


def _getattr(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    owner = arguments.first()
    named = literals(NOTHING.union(*arguments.given[1:2]))
    default = NOTHING.union(*arguments.given[2:])
    if not named:
        return escape(analysis, frame, node, Arguments((owner,))) | default
    where = node if isinstance(node, ast.expr) else ast.Constant(None)
    found = [members.attribute(analysis, frame, where, owner, name) for name in named]
    return default.union(*found)


def _hasattr(analysis: Analysis, _frame: Frame, _node: ast.AST, arguments: Arguments) -> Value:
    """A field that the contract does not name is never there, whatever changes."""
    for atom in arguments.first():
        for name in literals(NOTHING.union(*arguments.given[1:2])):
            places = analysis.types.field(atom.places, name) if isinstance(atom, At) else None
            if isinstance(atom, At) and places is not None:
                analysis.note(At((*atom.path, name), places))
    return NOTHING


def _type(_analysis: Analysis, _frame: Frame, _node: ast.AST, arguments: Arguments) -> Value:
    return frozenset(one.of for one in arguments.first() if isinstance(one, Instance))


def _super(_analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    """The object that the method was called on, as its class's bases see it."""
    below = classes.around(frame.module, node)
    me = arguments.given[1] if len(arguments.given) > 1 else next(iter(frame.names.values()), None)
    if below is None or me is None:
        return NOTHING
    one = Class(below, frame.module)
    return frozenset(Parent(atom, one) for atom in me if isinstance(atom, Instance | Class))


def _defaulting(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    site = analysis.inner_site(node, "default")
    made = analysis.call(analysis, frame, site, arguments.first(), Arguments())
    analysis.keep(node, ANY, made)
    rest = Arguments(arguments.given[1:], arguments.named, arguments.spread)
    return _dict(analysis, frame, node, rest)


def _grouped(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    inside = elements(analysis, arguments.first())
    key = arguments.name("key") | NOTHING.union(*arguments.given[1:2])
    made = analysis.call(analysis, frame, node, key, Arguments((inside,))) if key else inside
    pair = analysis.inner_site(node, "pair")
    analysis.keep(pair, "0", made)
    analysis.keep(pair, "1", kept_box(analysis, analysis.inner_site(node, "group"), inside))
    return kept_box(analysis, node, frozenset({Box(pair)}))


def _neighbours(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    return _zipped(analysis, frame, node, Arguments((arguments.first(), arguments.first())))


def _entered(analysis: Analysis, _frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    return kept_box(analysis, node, arguments.first())


def _partial(analysis: Analysis, _frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    analysis.keep(node, members.FUNCTION, arguments.first())
    for index, value in enumerate(arguments.given[1:]):
        analysis.keep(node, str(index), value)
    for name, value in arguments.named:
        analysis.keep(node, f"={name}", value)
    analysis.keep(node, ANY, arguments.spread)
    return frozenset({Partial(node)})


def _replaced(analysis: Analysis, _frame: Frame, _node: ast.AST, arguments: Arguments) -> Value:
    for atom in arguments.first():
        if isinstance(atom, Instance):
            for name, value in arguments.named:
                analysis.keep(atom, name, value)
    return arguments.first()


def _first(_analysis: Analysis, _frame: Frame, _node: ast.AST, arguments: Arguments) -> Value:
    return arguments.first()


def _second(_analysis: Analysis, _frame: Frame, _node: ast.AST, arguments: Arguments) -> Value:
    return NOTHING.union(*arguments.given[1:2])


def _getter(analysis: Analysis, _frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    analysis.keep(node, members.FUNCTION, members.outside(_GETTER))
    for index, value in enumerate(arguments.given):
        analysis.keep(node, str(index), value)
    return frozenset({Partial(node)})


def _got(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    """An attrgetter is called: the names, then the object."""
    *dotted, owner = arguments.given or (NOTHING,)
    where = node if isinstance(node, ast.expr) else ast.Constant(None)
    found = NOTHING
    for one in NOTHING.union(*dotted):
        if isinstance(one, Text):
            value = owner
            for name in one.text.split("."):
                value = members.attribute(analysis, frame, where, value, name)
            found |= value
    return found


_KNOWN: Final[Mapping[str, _Known]] = MappingProxyType(
    {
        "builtins.sorted": _sorted,
        "builtins.min": _ordered,
        "builtins.max": _ordered,
        "builtins.map": _mapped,
        "builtins.filter": _filtered,
        "builtins.zip": _zipped,
        "builtins.enumerate": _numbered,
        "builtins.next": _next,
        "builtins.dict": _dict,
        "builtins.getattr": _getattr,
        "builtins.hasattr": _hasattr,
        "builtins.super": _super,
        "builtins.type": _type,
        "collections.defaultdict": _defaulting,
        "contextlib.nullcontext": _entered,
        "itertools.groupby": _grouped,
        "itertools.pairwise": _neighbours,
        "copy.copy": _first,
        "copy.deepcopy": _first,
        "dataclasses.replace": _replaced,
        "functools.partial": _partial,
        "functools.reduce": _reduced,
        "operator.attrgetter": _getter,
        "typing.cast": _second,
        _GETTER: _got,
    }
)
