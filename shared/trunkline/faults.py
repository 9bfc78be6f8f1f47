"""What is wrong with data that breaks its model, field by field and without the values."""

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

_WITHOUT_VALUE: Final = {"union_tag_invalid": "Input tag is none of the expected tags"}
"""By Pydantic's type of a fault: what is said where its own message quotes the value."""


@dataclass(frozen=True)
class Fault:
    """One fault: `field` is its dotted path, empty for the whole; `problem` quotes no value."""

    field: str
    problem: str


def faults_in(error: ValidationError) -> list[Fault]:
    """Every fault that the validation found, in its order."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = [fault["loc"] for fault in found]
    return [
        Fault(path_of(place), _problem(fault["type"], fault["msg"]))
        for fault, place in zip(found, places, strict=True)
        # Pydantic counts only the good elements of a tuple: one that is long enough but has a
        # faulty element would be called too short as well.
        if fault["type"] != "too_short" or not any(_within(other, place) for other in places)
    ]


def told(error: ValidationError) -> list[str]:
    """Every fault as `<field>: <problem>`."""
    return [f"{fault.field or '(whole)'}: {fault.problem}" for fault in faults_in(error)]


def path_of(place: tuple[int | str, ...]) -> str:
    """Returns the dotted path, `*` for a key that is not an identifier."""
    return ".".join(map(_shown, place))


def _shown(part: int | str) -> str:
    # The name of a field, or a key that came with the data: then it may be personal.
    return str(part) if isinstance(part, int) or part.isidentifier() else "*"


def _problem(kind: str, message: str) -> str:
    return _WITHOUT_VALUE.get(kind) or message.removeprefix("Value error, ")


def _within(inner: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer
