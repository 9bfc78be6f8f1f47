"""What happens to a part of the event that goes where its readers cannot be seen."""

import ast
from typing import Final

from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.values import (
    NOTHING,
    Arguments,
    Bound,
    Frame,
    Function,
    Partial,
    Value,
)

_SHOWN_CHARACTERS_MAX: Final = 60


def escape(analysis: Analysis, frame: Frame, node: ast.AST, arguments: Arguments) -> Value:
    """Code that is not followed is handed the arguments; it may call what can be called."""
    value = arguments.all()
    call_back(analysis, frame, node, value)
    if analysis.of_event(value):
        analysis.cannot_follow(frame, node, f"hands a part of the event to {shown(node)}")
    return NOTHING


def call_back(analysis: Analysis, frame: Frame, node: ast.AST, value: Value) -> None:
    """Whoever is handed functions may call them."""
    for atom in analysis.within(value):
        if isinstance(atom, Function | Bound | Partial):
            key = ("escaped", atom)
            if key not in analysis.followed:
                analysis.followed.add(key)
                analysis.call(analysis, frame, node, frozenset({atom}), Arguments())


def shown(node: ast.AST) -> str:
    """What is called, as it stands in the source."""
    named = node.func if isinstance(node, ast.Call) else node
    text = ast.unparse(named)
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else f"{text[:_SHOWN_CHARACTERS_MAX]}…"
