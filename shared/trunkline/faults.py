"""What is wrong with data that breaks its model, field by field and without the values."""

from dataclasses import dataclass

from pydantic import ValidationError


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
        Fault(".".join(map(str, place)), fault["msg"].removeprefix("Value error, "))
        for fault, place in zip(found, places, strict=True)
        # Pydantic counts only the good elements of a tuple: one that is long enough but has a
        # faulty element would be called too short as well.
        if fault["type"] != "too_short" or not any(_within(other, place) for other in places)
    ]


def told(error: ValidationError) -> list[str]:
    """Every fault as `<field>: <problem>`."""
    return [f"{fault.field or '(whole)'}: {fault.problem}" for fault in faults_in(error)]


def _within(inner: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer
