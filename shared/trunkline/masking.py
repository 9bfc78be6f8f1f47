"""Conversion of log values to JSON, with personal data masked."""

from collections import deque
from collections.abc import Iterable, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, get_args, get_type_hints

from pydantic import BaseModel

MASK: Final = "***"
"""Replaces a personal value."""


def shown(value: object) -> object:
    """Returns a JSON form of the value; json.dumps calls this for values it cannot serialize.

    Models and dataclasses become dicts, so that their values are converted here too: a field with
    the contract's personal-data annotation is masked, at any depth. An exception becomes its type,
    since its message may quote personal data.
    """
    if isinstance(value, BaseModel):
        return _of_model(value)
    if isinstance(value, BaseException):
        return type(value).__name__
    if is_dataclass(value) and not isinstance(value, type):
        personal = _personal_fields_of_dataclass(type(value))
        names = (field.name for field in fields(value))
        return {name: _masked(getattr(value, name), name in personal) for name in names}
    # Never by str(), which would show the values of a nested model.
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet | ValuesView | deque):
        return list(value)
    return str(value)


def _of_model(model: BaseModel) -> dict[str, object]:
    personal = _personal_fields(type(model))
    # Not getattr: a model made without validation may lack a field.
    attributes = {
        name: _masked(model.__dict__[name], name in personal)
        for name in type(model).model_fields
        if name in model.__dict__
    }
    # Extra fields have no annotation, so they are masked.
    return attributes | dict.fromkeys(model.__pydantic_extra__ or {}, MASK)


def _masked(value: object, is_personal: bool) -> object:  # noqa: FBT001 - a private pair
    return MASK if is_personal and value is not None else value


@cache
def _personal_fields(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(
        name
        for name, field in model.model_fields.items()
        if _holds_mark([*field.metadata, field.annotation])
    )


@cache
def _personal_fields_of_dataclass(of: type) -> frozenset[str]:
    try:
        hints = get_type_hints(of, include_extras=True)
    except NameError:  # a name that exists for type checkers only
        return frozenset(field.name for field in fields(of))
    return frozenset(name for name, hint in hints.items() if _holds_mark([hint]))


def _holds_mark(parts: Iterable[Any]) -> bool:
    """True if an annotation contains the personal-data marker, also for elements of a list.

    The marker is recognised by its attribute: this library does not import the contracts.
    """
    seen: list[Any] = []
    waiting = list(parts)
    while waiting:
        part = waiting.pop()
        if getattr(part, "is_personal_data", False) is True:
            return True
        if any(part is other for other in seen):
            continue
        seen.append(part)
        waiting += get_args(part)
        waiting += getattr(part, "__metadata__", ())
        # `type Name = …` has its definition here.
        waiting += [part.__value__] if hasattr(part, "__value__") else []
    return False
