"""What a JSON number is to a rule: a finite double, or a text that equals only itself."""

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True, slots=True)
class LiteralNumber:
    """A number beyond the doubles (1E400); it has no order and no other spelling."""

    text: str


def double(value: float) -> float | None:
    """The number as a double; None where that is not finite."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def double_of_text(text: str) -> float | None:
    """The double that a JSON number stands for; None where it has none (1E309, 1E-325)."""
    number = float(text)
    if not math.isfinite(number):
        return None
    try:
        vanished = number == 0 and Decimal(text) != 0
    except InvalidOperation:
        vanished = True
    return None if vanished else number


def text_of(value: float) -> str:
    """How the number is written."""
    try:
        return repr(value)
    except ValueError:  # more digits than Python prints
        return hex(int(value))
