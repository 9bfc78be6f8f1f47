"""What the patterns of a `match` statement read, and what they bind."""

import ast

from trunklab.contracts.impact.static import members
from trunklab.contracts.impact.static.analysis import Analysis
from trunklab.contracts.impact.static.elements import elements, item, kept_box, position
from trunklab.contracts.impact.static.values import NOTHING, At, Class, Frame, Value


def take(analysis: Analysis, frame: Frame, pattern: ast.pattern, subject: Value) -> None:
    """Compare the subject with the pattern; its names stand for the parts from now on."""
    match pattern:
        case ast.MatchValue():
            analysis.evaluate(analysis, frame, pattern.value)
            analysis.read_whole(subject)
        case ast.MatchAs():
            _take_as(analysis, frame, pattern, subject)
        case ast.MatchOr():
            for one in pattern.patterns:
                take(analysis, frame, one, subject)
        case ast.MatchClass():
            _match_class(analysis, frame, pattern, subject)
        case ast.MatchMapping():
            _match_mapping(analysis, frame, pattern, subject)
        case ast.MatchSequence():
            _match_sequence(analysis, frame, pattern, subject)


def _take_as(analysis: Analysis, frame: Frame, pattern: ast.MatchAs, subject: Value) -> None:
    if pattern.pattern is not None:
        take(analysis, frame, pattern.pattern, subject)
    if pattern.name is not None:
        frame.names[pattern.name] = subject


def _match_class(analysis: Analysis, frame: Frame, pattern: ast.MatchClass, subject: Value) -> None:
    wanted = analysis.evaluate(analysis, frame, pattern.cls)
    for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        take(
            analysis,
            frame,
            inner,
            members.attribute(
                analysis, frame, pattern.cls, _fitting(analysis, subject, wanted), name
            ),
        )
    for inner in pattern.patterns:
        if any(isinstance(one, At) for one in subject) and not _is_plain(analysis, subject):
            analysis.cannot_follow(frame, pattern, "takes a part of the event by position")
        take(analysis, frame, inner, subject | _parts(analysis, subject))


def _fitting(analysis: Analysis, subject: Value, wanted: Value) -> Value:
    """Only those parts of a union that may be of the class."""
    names = {one.node.name for one in wanted if isinstance(one, Class)}
    fitting = NOTHING
    for atom in subject:
        if isinstance(atom, At) and atom.places and names:
            places = tuple(
                place for place in atom.places if names & set(analysis.types.class_names((place,)))
            )
            fitting |= {At(atom.path, places or atom.places)}
        else:
            fitting |= {atom}
    return fitting


def _is_plain(analysis: Analysis, subject: Value) -> bool:
    """`case str(text)`: the position is the value itself."""
    return all(isinstance(one, At) and analysis.types.is_scalar(one.places) for one in subject)


def _parts(analysis: Analysis, subject: Value) -> Value:
    return NOTHING.union(*(analysis.held(one) for one in subject))


def _match_mapping(
    analysis: Analysis, frame: Frame, pattern: ast.MatchMapping, subject: Value
) -> None:
    for key, inner in zip(pattern.keys, pattern.patterns, strict=True):
        named = analysis.evaluate(analysis, frame, key)
        take(analysis, frame, inner, item(analysis, subject, named, None))
    if pattern.rest is not None:
        frame.names[pattern.rest] = kept_box(analysis, pattern, elements(analysis, subject))


def _match_sequence(
    analysis: Analysis, frame: Frame, pattern: ast.MatchSequence, subject: Value
) -> None:
    inside = elements(analysis, subject)
    for index, inner in enumerate(pattern.patterns):
        if isinstance(inner, ast.MatchStar):
            if inner.name is not None:
                frame.names[inner.name] = kept_box(analysis, inner, inside)
        else:
            take(analysis, frame, inner, position(analysis, subject, index))
