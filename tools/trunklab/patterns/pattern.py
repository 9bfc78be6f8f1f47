"""One event pattern: read strictly, matched against events, and explained."""

import json
from collections.abc import Mapping, Sequence

from trunklab.patterns import event_input, parse
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.event_input import Event
from trunklab.patterns.explain import Explanation, explain
from trunklab.patterns.parse import Branch


class Pattern:
    """A pattern that AWS would accept. Make one with `Pattern.parse`."""

    def __init__(self, text: str, branches: Sequence[Branch]) -> None:
        self.text = text
        self.branches = branches
        self._program = Program(branches)

    @classmethod
    def parse(cls, pattern: str | Mapping[str, object]) -> "Pattern":
        """Read a pattern; raises InvalidPatternError with AWS's reason and the place."""
        text = pattern if isinstance(pattern, str) else _text(pattern)
        return cls(text, parse.branches(parse.tree_of_text(text)))

    def matches(self, event: Event) -> bool:
        """Whether the event matches; raises InvalidEventError."""
        return self._program.matching(event_input.tree(event)) > 0

    def explain(self, event: Event) -> Explanation:
        """Say clause by clause why the event matches or not; raises InvalidEventError."""
        return explain(event_input.tree(event), self.branches)


def _text(pattern: Mapping[str, object]) -> str:
    try:
        tree = _with_text_keys(pattern)
        return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidPatternError(f"not expressible as JSON: {error}") from error


def _with_text_keys(value: object) -> object:
    """The same in dicts; JSON would write other keys than texts as if they were texts."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is a key and no text")
        return {key: _with_text_keys(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text_keys(inner) for inner in value]
    return value
