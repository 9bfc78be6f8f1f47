"""What an attribute of something stands for."""

import ast
from typing import Final

from trunklab.contracts.impact.static import classes, names
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.sources import Module
from trunklab.contracts.impact.static.values import (
    ANY,
    NOTHING,
    Arguments,
    At,
    Atom,
    Bound,
    Box,
    Class,
    Frame,
    Incoming,
    Instance,
    Outside,
    Package,
    Parent,
    Partial,
    Text,
    Unit,
    Value,
)

OF_EVERY_CONTRACT: Final = frozenset(
    {
        "source",
        "detail_type",
        "owner",
        "subject_field",
        "version",
        "deprecated_since",
        "sunset",
        "model_fields",
        "model_config",
        "__class__",
    }
)
"""What a class says of itself: no event has another value there."""

WHOLE_ATTRIBUTES: Final = frozenset({"__dict__", "model_fields_set", "model_extra"})

WHOLE_METHODS: Final = frozenset(
    {
        "to_data",
        "model_dump",
        "model_dump_json",
        "dict",
        "json",
        "items",
        "keys",
        "values",
        "index",
        "count",
        "__iter__",
        "__str__",
        "__repr__",
        "__eq__",
        "__hash__",
    }
)
"""Methods of values of events that read everything below."""

SAME_METHODS: Final = frozenset({"model_copy", "copy", "__copy__", "__deepcopy__"})
"""Methods that hand back the same value once more, everything in it read."""

CLASS_METHODS: Final = frozenset(
    {
        "examples",
        "from_data",
        "model_validate",
        "model_validate_json",
        "model_construct",
        "model_json_schema",
    }
)
"""Methods that read their arguments alone."""

FUNCTION: Final = "function"
"""The name under which a partial keeps what it calls."""

_KEYED: Final = frozenset({"get", "pop", "setdefault", "__getitem__"})

METHODS: Final = WHOLE_METHODS | SAME_METHODS | CLASS_METHODS | _KEYED


def attribute(analysis: Analysis, frame: Frame, node: ast.expr, owner: Value, name: str) -> Value:
    """What the attribute of that name stands for; `node` is where it is asked for."""
    found = NOTHING
    missing = has_one = False
    for atom in owner:
        value = _attribute_of(analysis, frame, node, atom, name)
        if value is None:
            missing = True
        else:
            has_one = True
            found |= value
    if missing and not has_one:
        analysis.cannot_follow(frame, node, f"asks for {name!r}, which the contract does not name")
    return found


def _attribute_of(
    analysis: Analysis, frame: Frame, node: ast.expr, atom: Atom, name: str
) -> Value | None:
    match atom:
        case At():
            return _of_event(analysis, frame, node, atom, name)
        case Instance():
            return _of_instance(analysis, frame, node, atom, name)
        case Class():
            return _of_class(analysis, atom, name)
        case Parent():
            return _of_parent(analysis, frame, node, atom, name)
        case Package(module):
            return _of_module(analysis, module, name)
    return _of_others(analysis, atom, name)


def _of_module(analysis: Analysis, module: Module, name: str) -> Value:
    found = names.in_module(analysis, module, name)
    inner = analysis.module(f"{module.name}.{name}") if found is None else None
    return frozenset({Package(inner)}) if inner else found or NOTHING


def _of_others(analysis: Analysis, atom: Atom, name: str) -> Value:
    match atom:
        case Outside():
            return outside(f"{atom.name}.{name}")
        case Unit():
            return frozenset({Incoming() if name == "event" else Bound(atom, name)})
        case Incoming() if name == "data":
            return frozenset({At((), analysis.types.root())})
        case Incoming() | Box():
            return frozenset({Bound(atom, name)})
        case Text():
            return outside(f"builtins.str.{name}")
    return NOTHING


def _of_event(analysis: Analysis, frame: Frame, node: ast.expr, at: At, name: str) -> Value | None:
    types = analysis.types
    if types.is_scalar(at.places):
        return NOTHING  # its text, its number; nothing of the event is below
    if name in WHOLE_ATTRIBUTES:
        return analysis.read_whole(frozenset({at}))
    places = types.field(at.places, name) if at.places else None
    if places is not None:
        return analysis.note(At((*at.path, name), places))
    found = _of_root(analysis, at, name)
    if found is None:
        found = _of_contracts_class(analysis, frame, node, at, name)
    if found is None and (name in METHODS or types.is_list(at.places)):
        found = frozenset({Bound(at, name)})
    if found is None and not at.places:
        found = analysis.note(At((*at.path, name), ()))
    return found


def _of_root(analysis: Analysis, at: At, name: str) -> Value | None:
    """What every contract has beside its fields."""
    subject = analysis.types.subject
    if not at.path and name in OF_EVERY_CONTRACT:
        return NOTHING
    if not at.path and name == "subject" and subject:
        return analysis.note(At((subject,), analysis.types.field(at.places, subject) or ()))
    return None


def _of_contracts_class(
    analysis: Analysis, frame: Frame, node: ast.expr, at: At, name: str
) -> Value | None:
    """A property, a method or a renamed field that the contract's source has."""
    for one in classes.of_places(analysis, at.places):
        member = classes.member(analysis, one, name)
        if member is not None and member.kind == "property":
            me = Arguments((frozenset({at}),))
            return analysis.call(analysis, frame, node, frozenset({member.function}), me)
        if member is not None:
            return frozenset({Bound(at, name)})
        alias = classes.alias(analysis, one, name)
        places = analysis.types.field(at.places, alias) if alias else None
        if places is not None:
            return analysis.note(At((*at.path, alias), places))
    return None


def _of_instance(
    analysis: Analysis, frame: Frame, node: ast.expr, instance: Instance, name: str
) -> Value:
    holdings = analysis.holdings(instance)
    if name == "__dict__":
        return analysis.read_whole(frozenset({instance}))
    held = holdings.get(name, NOTHING) | holdings.get(ANY, NOTHING)
    member = classes.member(analysis, instance.of, name)
    if member is not None and member.kind == "property":
        me = Arguments((frozenset({instance}),))
        return held | analysis.call(analysis, frame, node, frozenset({member.function}), me)
    if member is not None:
        return held | {Bound(instance, name)}
    if name in holdings:
        return held | analysis.holdings(instance.of).get(name, NOTHING)
    return held | (_of_class(analysis, instance.of, name) or frozenset({Bound(instance, name)}))


def _of_class(analysis: Analysis, one: Class, name: str) -> Value:
    if classes.member(analysis, one, name) is not None:
        return frozenset({Bound(one, name)})
    held = NOTHING.union(
        *(analysis.holdings(each).get(name, NOTHING) for each in classes.family(analysis, one))
    )
    found = classes.constant(analysis, one, name)
    if found is not None and not classes.is_contracts(one):
        value, module = found
        return held | analysis.evaluate(analysis, Frame(module, {}), value)
    return held or frozenset({Bound(one, name)})


def _of_parent(
    analysis: Analysis, frame: Frame, node: ast.expr, parent: Parent, name: str
) -> Value:
    """What the bases have; all of the family, since another class may stand in between."""
    me: Value = frozenset({parent.me})
    _, *bases = classes.family(analysis, parent.below)
    found = NOTHING
    for base in bases:
        member = classes.member(analysis, base, name)
        if member is None:
            continue
        function: Value = frozenset({member.function})
        if member.kind == "property":
            found |= analysis.call(analysis, frame, node, function, Arguments((me,)))
        elif member.kind == "staticmethod":
            found |= function
        else:
            analysis.keep(node, FUNCTION, function)
            analysis.keep(node, "0", me)
            found |= {Partial(node)}
    return found


def outside(name: str) -> Value:
    """A function of another library, by its full name."""
    return frozenset({Outside(name)})
