"""Validates values against a schema, formats asserted: the judge of every value made here."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import jsonschema_rs
from jsonschema_rs import Draft202012Validator

from trunklab.schema_solver.errors import UnsupportedKeywordError
from trunklab.schema_solver.formats import WIDE
from trunklab.schema_solver.shape import JSON, TextShape
from trunklab.schema_solver.solver_limits import CACHED_MAX

_TEXT: Final = "string"


def validator(document: Mapping[str, JSON]) -> Draft202012Validator:
    """The validator of a schema; raises UnsupportedKeywordError if it is no schema."""
    try:
        return Draft202012Validator(dict(document), validate_formats=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        path = getattr(error, "instance_path", None) or []
        pointer = "".join(f"/{part}" for part in path)
        raise UnsupportedKeywordError(pointer, str((path or ["schema"])[-1]), first) from error


def errors(document: Mapping[str, JSON], value: JSON) -> list[tuple[str, str]]:
    """Where the value breaks the schema, as JSON pointers with what is wrong; empty if nowhere."""
    return [
        ("".join(f"/{part}" for part in error.instance_path), error.message)
        for error in validator(document).iter_errors(value)
    ]


def is_text_of(shape: TextShape, value: str) -> bool:
    """Whether a text has the lengths, patterns and formats."""
    if len(value) < shape.length_min:
        return False
    if shape.length_max is not None and len(value) > shape.length_max:
        return False
    if not shape.patterns and not shape.formats:
        return True
    return _expressions(shape.patterns, shape.formats).is_valid(value)


def is_multiple(value: float, divisor: float) -> bool:
    """Whether the number is a multiple, decimal fractions compared as they are written."""
    return _multiples(divisor).is_valid(value)


@lru_cache(maxsize=CACHED_MAX)
def _expressions(patterns: tuple[str, ...], formats: tuple[str, ...]) -> Draft202012Validator:
    demands = [{"pattern": pattern} for pattern in patterns]
    for name in formats:
        # The library takes some texts that are none, such as the date 26/6-01-01.
        demands += [{"format": name}, {"pattern": WIDE.get(name, "")}]
    return validator({"type": _TEXT, "allOf": demands})


@lru_cache(maxsize=CACHED_MAX)
def _multiples(divisor: float) -> Draft202012Validator:
    return validator({"multipleOf": divisor})
