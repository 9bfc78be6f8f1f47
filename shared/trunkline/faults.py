"""Faults of data that breaks its model, by field and without the values."""

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

_WITHOUT_VALUE: Final = {"union_tag_invalid": "Input tag is not one of the expected tags"}
"""Replaces Pydantic's messages that quote the value, by type of the fault."""


@dataclass(frozen=True)
class Fault:
    """One fault: `field` is its dotted path, empty for the whole; `problem` quotes no value."""

    field: str
    problem: str


def faults_in(error: ValidationError) -> list[Fault]:
    """Returns every fault of the validation, in its order."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = [fault["loc"] for fault in found]
    return [
        Fault(path_of(place), _problem(fault["type"], fault["msg"]))
        for fault, place in zip(found, places, strict=True)
        # Pydantic counts valid elements only, so it also reports a long enough tuple with an
        # invalid element as too short.
        if fault["type"] != "too_short" or not any(_within(other, place) for other in places)
    ]


def told(error: ValidationError) -> list[str]:
    """Returns every fault as `<field>: <problem>`."""
    return [f"{fault.field or '(whole)'}: {fault.problem}" for fault in faults_in(error)]


def path_of(place: tuple[int | str, ...]) -> str:
    """Returns the dotted path, `*` for a key that is not an identifier."""
    return ".".join(map(_shown, place))


def _shown(part: int | str) -> str:
    # The part is a field's name, or a key from the data, which may be personal.
    return str(part) if isinstance(part, int) or part.isidentifier() else "*"


def _problem(kind: str, message: str) -> str:
    return _WITHOUT_VALUE.get(kind) or message.removeprefix("Value error, ")


def _within(inner: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer
