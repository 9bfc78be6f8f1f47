"""The conditions of the pattern language, and the values that they compare."""

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from trunklab.patterns import ignore_case, wildcard
from trunklab.patterns.ip_addresses import Address, address


@dataclass(frozen=True, slots=True)
class LiteralNumber:
    """A number beyond the doubles (1E400): it has no order and equals only the same spelling."""

    text: str


Value = str | int | float | bool | LiteralNumber | None
"""A leaf of a JSON document."""

LEAVES: Final = (str, int, float, type(None), LiteralNumber)


@dataclass(frozen=True, slots=True)
class Text:
    """Exactly this string."""

    text: str

    def passes(self, value: Value) -> bool:
        """Compares code points; nothing is normalised."""
        return isinstance(value, str) and value == self.text


@dataclass(frozen=True, slots=True)
class AnySpelling:
    """This IPv6 address in any spelling."""

    text: str
    address: Address

    def passes(self, value: Value) -> bool:
        """True if the value is the address."""
        return isinstance(value, str) and address(value) == self.address


@dataclass(frozen=True, slots=True)
class Number:
    """This number; one that is not a finite double equals only its own spelling."""

    text: str
    double: float | None

    def passes(self, value: Value) -> bool:
        """True if the numbers are equal: 300 is 300.0 and 3e2."""
        number = number_of(value)
        if isinstance(number, LiteralNumber):
            return self.double is None and number.text == self.text
        return number is not None and number == self.double


@dataclass(frozen=True, slots=True)
class Constant:
    """true, false or null."""

    value: bool | None

    def passes(self, value: Value) -> bool:
        """True if the value is identical: 1 is not true."""
        return value is self.value


@dataclass(frozen=True, slots=True)
class Affix:
    """A prefix or a suffix."""

    text: str
    at_end: bool
    any_case: bool = False

    def passes(self, value: Value) -> bool:
        """True if the value is a string with the prefix or suffix."""
        if not isinstance(value, str):
            return False
        if self.any_case:
            return (ignore_case.ends if self.at_end else ignore_case.starts)(self.text, value)
        return value.endswith(self.text) if self.at_end else value.startswith(self.text)


@dataclass(frozen=True, slots=True)
class AnyCase:
    """This string in any case."""

    text: str

    def passes(self, value: Value) -> bool:
        """True if the value is the string, ignoring case."""
        return isinstance(value, str) and ignore_case.equals(self.text, value)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A string with stars."""

    text: str
    parts: tuple[str, ...]

    def passes(self, value: Value) -> bool:
        """True if the value is a string that the wildcard matches."""
        return isinstance(value, str) and wildcard.matches(self.parts, value)


@dataclass(frozen=True, slots=True)
class Range:
    """A number between two bounds; a missing bound is infinite."""

    low: float | None
    low_open: bool
    high: float | None
    high_open: bool

    def passes(self, value: Value) -> bool:
        """True if the value is a finite number between the bounds."""
        number = number_of(value)
        return isinstance(number, float) and self.holds(number)

    def holds(self, number: float) -> bool:
        """True if the number is between the bounds."""
        if self.low is not None and (number <= self.low if self.low_open else number < self.low):
            return False
        if self.high is None:
            return True
        return number < self.high if self.high_open else number <= self.high


@dataclass(frozen=True, slots=True)
class Network:
    """An address range."""

    text: str
    first: Address
    last: Address

    def passes(self, value: Value) -> bool:
        """True if the value is an address of the same IP version in the range."""
        found = address(value) if isinstance(value, str) else None
        return (
            found is not None
            and found.bits == self.first.bits
            and self.first.value <= found.value <= self.last.value
        )


@dataclass(frozen=True, slots=True)
class AnythingButTexts:
    """Present, and none of these strings."""

    texts: frozenset[str]

    def passes(self, value: Value) -> bool:
        """True if the value is not one of the strings."""
        return not isinstance(value, str) or value not in self.texts


@dataclass(frozen=True, slots=True)
class AnythingButNumbers:
    """Present, and none of these numbers."""

    numbers: frozenset[float]

    def passes(self, value: Value) -> bool:
        """True if the value is not one of the numbers."""
        number = number_of(value)
        return not isinstance(number, float) or number not in self.numbers


@dataclass(frozen=True, slots=True)
class AnythingButLike:
    """Present, and matched by none of these conditions."""

    likes: tuple[Affix | AnyCase | Wildcard, ...]

    def passes(self, value: Value) -> bool:
        """True if none of the conditions matches."""
        return not any(like.passes(value) for like in self.likes)


@dataclass(frozen=True, slots=True)
class Exists:
    """Present, with any value, null included."""

    def passes(self, value: Value) -> bool:  # noqa: ARG002 - one of the conditions
        """Always true."""
        return True


@dataclass(frozen=True, slots=True)
class Absent:
    """Absent: the matcher tests for this, so no value passes."""

    def passes(self, value: Value) -> bool:  # noqa: ARG002 - one of the conditions
        """Always false."""
        return False


Condition = (
    Text
    | AnySpelling
    | Number
    | Constant
    | Affix
    | AnyCase
    | Wildcard
    | Range
    | Network
    | AnythingButTexts
    | AnythingButNumbers
    | AnythingButLike
    | Exists
    | Absent
)


def number_of(value: Value) -> float | LiteralNumber | None:
    """Returns the number as rules compare it; None if the value is not a number."""
    if isinstance(value, LiteralNumber):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = double(value)
    return LiteralNumber(_text_of(value)) if found is None else found


def double(value: float) -> float | None:
    """Returns the number as a double; None if that is not finite."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def double_of_text(text: str) -> float | None:
    """Returns the double of a JSON number; None if it has none (1E309, 1E-325)."""
    number = float(text)
    if not math.isfinite(number):
        return None
    try:
        vanished = number == 0 and Decimal(text) != 0
    except InvalidOperation:
        vanished = True
    return None if vanished else number


def _text_of(value: float) -> str:
    try:
        return repr(value)
    except ValueError:  # more digits than Python prints
        return hex(int(value))
