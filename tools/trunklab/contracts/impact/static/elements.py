"""What stands in a list, a map or a container, and what iterating over it reads."""

import ast

from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.values import ANY, NOTHING, At, Box, Instance, Value, literals


def kept_box(analysis: Analysis, site: ast.AST, contents: Value) -> Value:
    """A container made at this place that holds the contents at places not known."""
    analysis.keep(site, ANY, contents)
    return frozenset({Box(site)})


def elements(analysis: Analysis, value: Value) -> Value:
    """What a loop over the value goes through."""
    found = NOTHING
    for atom in value:
        if isinstance(atom, Box):
            found |= analysis.held(atom)
        elif isinstance(atom, At):
            found |= _elements_of(analysis, atom)
        elif isinstance(atom, Instance):
            found |= analysis.held(atom)
    return found


def item(analysis: Analysis, owner: Value, key: Value, index: int | None) -> Value:
    """What stands under a key or at an index."""
    texts = literals(key)
    found = NOTHING
    for atom in owner:
        if isinstance(atom, Box):
            found |= _held_under(analysis, atom, [*texts, *([] if index is None else [str(index)])])
        elif isinstance(atom, At):
            found |= _item_of(analysis, atom, texts, index)
        elif isinstance(atom, Instance):
            found |= analysis.held(atom)
    return found


def position(analysis: Analysis, value: Value, index: int) -> Value:
    """What stands at a position when the value is unpacked."""
    return item(analysis, value, NOTHING, index)


def _held_under(analysis: Analysis, box: Box, keys: list[str]) -> Value:
    holdings = analysis.holdings(box)
    if not keys or any(key not in holdings for key in keys):
        return analysis.held(box)
    return NOTHING.union(holdings.get(ANY, NOTHING), *(holdings[key] for key in keys))


def _elements_of(analysis: Analysis, at: At) -> Value:
    types = analysis.types
    if types.is_scalar(at.places):
        return NOTHING
    if at.places and not types.is_list(at.places):
        return analysis.read_whole(frozenset({at}))  # a model yields its fields, a map its keys
    return frozenset({At(at.path, types.items(at.places))})


def _item_of(analysis: Analysis, at: At, keys: list[str], index: int | None) -> Value:
    types = analysis.types
    if types.is_scalar(at.places):
        return NOTHING
    if types.is_list(at.places) or (not at.places and index is not None):
        return frozenset({At(at.path, types.items(at.places))})
    if not keys:
        return analysis.read_whole(frozenset({at}))
    found = NOTHING
    for key in keys:
        places = types.field(at.places, key, of_maps=True) if at.places else ()
        if places is not None:
            found |= analysis.note(At((*at.path, key), places))
    return found
