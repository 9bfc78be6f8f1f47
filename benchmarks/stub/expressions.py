"""Reads DynamoDB's expressions: conditions, key conditions and updates."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, TypeAlias

Attribute: TypeAlias = Mapping[str, Any]
Item: TypeAlias = Mapping[str, Attribute]

_TOKEN: Final = re.compile(r"\s*(<>|<=|>=|[=<>(),]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")
_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": eq,
    "<>": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_CLAUSES: Final = frozenset({"SET", "ADD", "REMOVE", "DELETE"})


class ExpressionError(ValueError):
    """The expression is none, or has a part that no function under measurement uses."""


@dataclass
class Reader:
    """Walks over the words of one expression; `request` holds its names and values."""

    words: list[str]
    request: Mapping[str, Any]
    item: Item
    at: int = 0

    @classmethod
    def of(cls, text: str, request: Mapping[str, Any], item: Item) -> "Reader":
        """A reader at the beginning of the text."""
        words = _TOKEN.findall(text)
        if "".join(words) != re.sub(r"\s", "", text):
            raise ExpressionError(f"cannot read {text!r}")
        return cls(words, request, item)

    @property
    def word(self) -> str:
        """The word that comes next, empty at the end."""
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, *expected: str) -> str:
        """The next word, which must be one of these if any are given."""
        word = self.word
        if not word or (expected and word.upper() not in expected):
            raise ExpressionError(f"{word!r} stands where {expected} was expected")
        self.at += 1
        return word

    def name(self) -> str:
        """An attribute's name, written out or by its placeholder."""
        word = self.take()
        return str(self.request["ExpressionAttributeNames"][word]) if word[0] == "#" else word

    def operand(self) -> Attribute | None:
        """A value, or the item's attribute (None where it has none)."""
        if self.word.startswith(":"):
            value: Attribute = self.request["ExpressionAttributeValues"][self.take()]
            return value
        return self.item.get(self.name())

    def either(self) -> bool:
        """Conditions joined by OR."""
        holds = self.both()
        while self.word.upper() == "OR":
            self.take()
            holds = self.both() or holds
        return holds

    def both(self) -> bool:
        """Conditions joined by AND."""
        holds = self.one()
        while self.word.upper() == "AND":
            self.take()
            holds = self.one() and holds
        return holds

    def one(self) -> bool:
        """One condition, or several in parentheses."""
        word = self.word
        if word.upper() == "NOT":
            self.take()
            return not self.one()
        if word == "(":
            self.take()
            holds = self.either()
            self.take(")")
            return holds
        if word in {"attribute_exists", "attribute_not_exists", "begins_with"}:
            return self.function(self.take())
        left, compare, right = (
            self.operand(),
            _COMPARISONS[self.take(*_COMPARISONS)],
            self.operand(),
        )
        return _are_alike(left, right) and compare(_value(left), _value(right))

    def function(self, name: str) -> bool:
        """One of the functions that a condition may call."""
        self.take("(")
        found = self.operand()
        prefix = None
        if name == "begins_with":
            self.take(",")
            prefix = self.operand()
        self.take(")")
        if name == "begins_with":
            return _are_alike(found, prefix) and _value(found).startswith(_value(prefix))
        return (found is not None) == (name == "attribute_exists")


def holds(text: str, request: Mapping[str, Any], item: Item) -> bool:
    """Whether a condition holds for an item; an empty one does."""
    if not text:
        return True
    reader = Reader.of(text, request, item)
    result = reader.either()
    if reader.word:
        raise ExpressionError(f"{text!r} goes on after its end")
    return result


def updated(text: str, request: Mapping[str, Any], item: Item) -> dict[str, Attribute]:
    """The item after an update: SET to values, ADD of numbers, REMOVE."""
    reader = Reader.of(text, request, item)
    result = dict(item)
    if not reader.word:
        raise ExpressionError("an update has at least one clause")
    while reader.word:
        clause = reader.take(*_CLAUSES).upper()
        _apply(clause, reader, result)
        while reader.word == ",":
            reader.take()
            _apply(clause, reader, result)
    return result


def _apply(clause: str, reader: Reader, result: dict[str, Attribute]) -> None:
    name = reader.name()
    if clause == "REMOVE":
        result.pop(name, None)
        return
    if clause == "SET":
        reader.take("=")
    value = reader.operand()
    if clause not in {"SET", "ADD"} or value is None:
        raise ExpressionError(f"{clause} of {name} is nothing that this stub knows")
    if clause == "ADD":
        total = Decimal(result.get(name, {"N": "0"})["N"]) + Decimal(value["N"])
        value = {"N": str(total)}
    result[name] = value


def _are_alike(left: Attribute | None, right: Attribute | None) -> bool:
    return left is not None and right is not None and left.keys() == right.keys()


def _value(attribute: Attribute | None) -> Any:
    ((kind, value),) = (attribute or {"NULL": True}).items()
    return Decimal(value) if kind == "N" else value
