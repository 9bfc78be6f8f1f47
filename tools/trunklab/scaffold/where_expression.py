"""The language of `--where`, and the event pattern that it becomes.

    total.amount >= 100 and method == "card" or lines.sku starts-with "A-"
    status in ["open", "held"]    note exists    note not exists    (a or b) and c

`and` binds more tightly than `or`. Paths begin in the event's data and enter arrays without a step.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import isfinite
from typing import Any, Final

from trunklab.scaffold.errors import WhereError

Path = tuple[str, ...]
Conjunction = dict[Path, list[Any]]
"""Conditions by path: each path needs one of its conditions."""

EXPRESSION_CHARACTERS_MAX: Final = 400
"""Characters: the description of a rule, which holds the expression, takes 512."""

ALTERNATIVES_MAX: Final = 100
"""Alternatives of an expression; far more than a rule can be read with."""

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![\w.]))"""
    r"""|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)"""
    r"""|(?P<word>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*))""",
    re.ASCII,
)
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_OPERATORS: Final = ("==", "!=", "<", "<=", ">", ">=", "in", "starts-with", "exists", "not")
_LOWER: Final = frozenset({">", ">="})


@dataclass(frozen=True)
class Comparison:
    """One comparison as it was written."""

    path: Path
    operator: str
    value: Any = None

    @property
    def name(self) -> str:
        """The field as written."""
        return ".".join(self.path)

    def with_value(self, value: Any) -> str:
        """Returns the comparison as text, with another value."""
        return f"{self.name} {self.operator} {json.dumps(value, ensure_ascii=False)}"

    @property
    def conditions(self) -> list[Any]:
        """The entries of its clause in an event pattern."""
        entries: dict[str, list[Any]] = {
            "==": [self.value],
            "in": self.value,
            "!=": [{"anything-but": [self.value]}],
            "starts-with": [{"prefix": self.value}],
            "exists": [{"exists": True}],
            "not exists": [{"exists": False}],
        }
        if self.operator == "!=" and isinstance(self.value, bool):
            return [not self.value]
        return entries.get(self.operator, [{"numeric": [self.operator, self.value]}])


@dataclass(frozen=True)
class Where:
    """A parsed expression."""

    text: str
    comparisons: tuple[Comparison, ...]
    data: dict[str, Any]
    """The part of the event pattern below `detail.data`."""


def parse(text: str) -> Where:
    """Returns the parsed expression; raises WhereError."""
    if len(text) > EXPRESSION_CHARACTERS_MAX:
        raise WhereError(text[:40] + "…", f"use at most {EXPRESSION_CHARACTERS_MAX} characters.")
    parser = _Parser(text)
    alternatives = parser.alternatives()
    if parser.kind:
        raise parser.error("expected `and`, `or` or the end")
    trees = [_tree(text, one) for one in _merged(alternatives)]
    return Where(text, tuple(parser.comparisons), trees[0] if len(trees) == 1 else {"$or": trees})


class _Parser:
    """A recursive descent parser with one token of lookahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.comparisons: list[Comparison] = []
        self.end = 0
        self.next()

    def next(self) -> None:
        self.start = self.end
        rest = self.text[self.end :]
        match = _TOKEN.match(rest)
        self.kind, self.token = "", ""
        if match is None and rest.strip():
            raise self.error("unknown character")
        if match is not None:
            self.kind, self.token = str(match.lastgroup), match[str(match.lastgroup)]
            self.end += match.end()

    def error(self, expected: str) -> WhereError:
        rest = self.text[self.start :].strip()
        return WhereError(self.text, f"{expected}, not {rest!r}." if rest else f"{expected}.")

    def taken(self, *tokens: str) -> bool:
        """Skips the token if it is one of these and not a string."""
        is_next = self.kind in {"word", "sign"} and self.token in tokens
        if is_next:
            self.next()
        return is_next

    def alternatives(self) -> list[Conjunction]:
        found = self.conjunctions()
        while self.taken("or"):
            found = self.checked(found + self.conjunctions())
        return found

    def conjunctions(self) -> list[Conjunction]:
        found = self.term()
        while self.taken("and"):
            pairs = product(found, self.term())
            found = self.checked([self.both(one, other) for one, other in pairs])
        return found

    def checked(self, found: list[Conjunction]) -> list[Conjunction]:
        if len(found) > ALTERNATIVES_MAX:
            raise WhereError(self.text, f"more than {ALTERNATIVES_MAX} alternatives: simplify it.")
        return found

    def term(self) -> list[Conjunction]:
        if not self.taken("("):
            comparison = self.comparison()
            self.comparisons.append(comparison)
            return [{comparison.path: comparison.conditions}]
        found = self.alternatives()
        if not self.taken(")"):
            raise self.error("expected )")
        return found

    def comparison(self) -> Comparison:
        if self.kind != "word":
            raise self.error("expected a field, such as total.amount")
        path = tuple(self.token.split("."))
        self.next()
        operator = self.token
        if self.kind == "text" or not self.taken(*_OPERATORS):
            raise self.error(f"expected one of {', '.join(_OPERATORS[:-1])}")
        if operator == "not":
            if not self.taken("exists"):
                raise self.error("expected exists after not")
            return Comparison(path, "not exists")
        if operator == "exists":
            return Comparison(path, operator)
        value = self.values() if operator == "in" else self.value()
        self.check(operator, value)
        return Comparison(path, operator, value)

    def check(self, operator: str, value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if operator[0] in "<>" and not is_number:
            raise WhereError(self.text, f"{operator} compares numbers, not {json.dumps(value)}.")
        if operator == "starts-with" and not (isinstance(value, str) and value):
            raise WhereError(self.text, "starts-with needs a string, such as 'A-'.")
        if operator == "!=" and value is None:
            raise WhereError(self.text, "an event pattern cannot exclude null: compare a value.")

    def values(self) -> list[Any]:
        if not self.taken("["):
            raise self.error("expected a list after in, such as [1, 2]")
        found = [self.value()]
        while self.taken(","):
            found.append(self.value())
        if not self.taken("]"):
            raise self.error("expected , or ]")
        return found

    def value(self) -> Any:
        kind, token = self.kind, self.token
        readers: dict[str, Callable[[], Any]] = {
            "text": lambda: re.sub(r"\\(.)", r"\1", token[1:-1]),
            "number": lambda: json.loads(token),
            "word": lambda: _CONSTANTS[token],
        }
        if kind not in readers or (kind == "word" and token not in _CONSTANTS):
            raise self.error("expected a number, true, false, null or a string in quotes")
        try:
            value = readers[kind]()
        except ValueError as error:
            raise self.error("expected a number without leading zeros") from error
        if isinstance(value, float) and not isfinite(value):
            raise self.error("expected a number that a double can hold")
        self.next()
        return value

    def both(self, one: Conjunction, other: Conjunction) -> Conjunction:
        """Returns the conditions of both; a pattern can combine few conditions of one field."""
        made = dict(one)
        for path, conditions in other.items():
            first = made.get(path, conditions)
            made[path] = conditions if first == conditions else self.joined(path, first, conditions)
        return made

    def joined(self, path: Path, first: list[Any], second: list[Any]) -> list[Any]:
        match first, second:
            case [{"anything-but": some}], [{"anything-but": more}]:
                return [{"anything-but": [*some, *more]}]
            case [{"numeric": [a, x]}], [{"numeric": [b, y]}] if (a in _LOWER) != (b in _LOWER):
                low, high = ([a, x], [b, y]) if a in _LOWER else ([b, y], [a, x])
                if low[1] < high[1] or (low[1] == high[1] and low[0] + high[0] == ">=<="):
                    return [{"numeric": [*low, *high]}]
                raise WhereError(self.text, f"no number is {' '.join(map(str, low + high))}.")
        name = ".".join(path)
        problem = f"an event pattern cannot require both conditions of {name} at once: "
        raise WhereError(self.text, f"{problem}use one condition, or a range such as > 1 and < 5.")


def _merged(alternatives: list[Conjunction]) -> list[Conjunction]:
    """Joins alternatives that differ in one field only: a clause is a list of alternatives."""
    made: list[Conjunction] = []
    for one in alternatives:
        for known in made:
            different = [path for path in one if one[path] != known.get(path)]
            if known.keys() == one.keys() and len(different) <= 1:
                for path in different:
                    known[path] = known[path] + [new for new in one[path] if new not in known[path]]
                break
        else:
            made.append(dict(one))
    return made


def _tree(text: str, conjunction: Conjunction) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, conditions in conjunction.items():
        if any(path != other and path == other[: len(path)] for other in conjunction):
            raise WhereError(text, f"{'.'.join(path)} has fields of its own: compare only these.")
        inner = tree
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = conditions
    return tree
