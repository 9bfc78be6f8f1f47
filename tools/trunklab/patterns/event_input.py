"""Reads an event as it comes: a tree, text or bytes."""

import json
from collections.abc import Mapping
from typing import NoReturn

import msgspec

from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.pattern_numbers import LiteralNumber, double_of_text

Event = Mapping[str, object] | bytes | str

_PARSER = msgspec.json.Decoder()


def tree(event: Event) -> Mapping[str, object]:
    """The event as an object; raises InvalidEventError."""
    found = event if isinstance(event, Mapping) else _parsed(event)
    if not isinstance(found, Mapping):
        raise InvalidEventError("it is no JSON object")
    return found


def _parsed(text: bytes | str) -> object:
    if not isinstance(text, bytes | str):  # whoever has no types may hand on anything
        raise InvalidEventError(f"it is no JSON object but {type(text).__name__}")
    try:
        return _PARSER.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return _parsed_with_care(text)


def _parsed_with_care(text: bytes | str) -> object:
    """What the fast parser does not read: numbers beyond the doubles; and what is wrong."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_no_constant)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidEventError(f"it is no JSON: {error}") from error
    except RecursionError as error:
        raise InvalidEventError("it is nested too deeply") from error


def _number(text: str) -> float | LiteralNumber:
    number = double_of_text(text)
    return LiteralNumber(text) if number is None else number


def _no_constant(word: str) -> NoReturn:
    raise InvalidEventError(f"it is no JSON: {word}")
