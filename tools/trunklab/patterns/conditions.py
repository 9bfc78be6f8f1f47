"""What one value of an event may have to be: a class for each condition of the language.

A value is what JSON has at a leaf: text, number, `LiteralNumber`, true, false or null.
"""

from dataclasses import dataclass

from trunklab.patterns import ignore_case, wildcard
from trunklab.patterns.ip_addresses import Address, address
from trunklab.patterns.pattern_numbers import LiteralNumber, double, text_of

Value = str | int | float | bool | LiteralNumber | None


@dataclass(frozen=True, slots=True)
class Text:
    """Exactly this text."""

    text: str

    def passes(self, value: Value) -> bool:
        """Code point by code point; nothing is normalised."""
        return isinstance(value, str) and value == self.text


@dataclass(frozen=True, slots=True)
class AnySpelling:
    """This IPv6 address, however it is spelt."""

    text: str
    address: Address

    def passes(self, value: Value) -> bool:
        """Whether the value is the address."""
        return isinstance(value, str) and address(value) == self.address


@dataclass(frozen=True, slots=True)
class Number:
    """This number; one that is no finite double equals its own spelling only."""

    text: str
    double: float | None

    def passes(self, value: Value) -> bool:
        """300 is 300.0 and 3e2."""
        number = number_of(value)
        if isinstance(number, LiteralNumber):
            return self.double is None and number.text == self.text
        return number is not None and number == self.double


@dataclass(frozen=True, slots=True)
class Constant:
    """true, false or null."""

    value: bool | None

    def passes(self, value: Value) -> bool:
        """Nothing else counts as true, false or null."""
        return value is self.value


@dataclass(frozen=True, slots=True)
class Affix:
    """A text at the beginning, or at the end."""

    text: str
    at_end: bool
    any_case: bool = False

    def passes(self, value: Value) -> bool:
        """Only texts begin and end."""
        if not isinstance(value, str):
            return False
        if self.any_case:
            return (ignore_case.ends if self.at_end else ignore_case.starts)(self.text, value)
        return value.endswith(self.text) if self.at_end else value.startswith(self.text)


@dataclass(frozen=True, slots=True)
class AnyCase:
    """This text in any case."""

    text: str

    def passes(self, value: Value) -> bool:
        """Only texts have a case."""
        return isinstance(value, str) and ignore_case.equals(self.text, value)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A text with stars."""

    text: str
    parts: tuple[str, ...]

    def passes(self, value: Value) -> bool:
        """Only texts match."""
        return isinstance(value, str) and wildcard.matches(self.parts, value)


@dataclass(frozen=True, slots=True)
class Range:
    """A number between two bounds; a bound that is not there is infinite."""

    low: float | None
    low_open: bool
    high: float | None
    high_open: bool

    def passes(self, value: Value) -> bool:
        """Only finite numbers have an order."""
        number = number_of(value)
        return isinstance(number, float) and self.holds(number)

    def holds(self, number: float) -> bool:
        """Whether the number lies between the bounds."""
        if self.low is not None and (number <= self.low if self.low_open else number < self.low):
            return False
        if self.high is None:
            return True
        return number < self.high if self.high_open else number <= self.high


@dataclass(frozen=True, slots=True)
class Network:
    """An address between two."""

    text: str
    first: Address
    last: Address

    def passes(self, value: Value) -> bool:
        """Texts that are no address of this version do not match."""
        found = address(value) if isinstance(value, str) else None
        return (
            found is not None
            and found.bits == self.first.bits
            and self.first.value <= found.value <= self.last.value
        )


@dataclass(frozen=True, slots=True)
class AnythingButTexts:
    """There, and none of these texts."""

    texts: frozenset[str]

    def passes(self, value: Value) -> bool:
        """A number or null is none of them."""
        return not isinstance(value, str) or value not in self.texts


@dataclass(frozen=True, slots=True)
class AnythingButNumbers:
    """There, and none of these numbers."""

    numbers: frozenset[float]

    def passes(self, value: Value) -> bool:
        """A text is none of them, whatever it spells."""
        number = number_of(value)
        return not isinstance(number, float) or number not in self.numbers


@dataclass(frozen=True, slots=True)
class AnythingButLike:
    """There, and like none of these."""

    likes: tuple[Affix | AnyCase | Wildcard, ...]

    def passes(self, value: Value) -> bool:
        """A number or null is like none of them."""
        return not any(like.passes(value) for like in self.likes)


@dataclass(frozen=True, slots=True)
class Exists:
    """There, with whatever value, null too."""

    def passes(self, value: Value) -> bool:  # noqa: ARG002 - one of the conditions
        """Any leaf exists."""
        return True


@dataclass(frozen=True, slots=True)
class Absent:
    """Not there. No value passes; whoever matches asks whether there is one."""

    def passes(self, value: Value) -> bool:  # noqa: ARG002 - one of the conditions
        """Where a value is, nothing is absent."""
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
    """The value as rules compare it if it is a number; true and false are none."""
    if isinstance(value, LiteralNumber):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = double(value)
    return LiteralNumber(text_of(value)) if found is None else found
