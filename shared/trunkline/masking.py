"""What a log line shows of a value that is no plain JSON: personal data never in the clear."""

from collections import deque
from collections.abc import Iterable, Mapping, ValuesView
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, get_args, get_type_hints

from pydantic import BaseModel

MASK: Final = "***"
"""Stands in place of a value that says something about a person."""


def shown(value: object) -> object:
    """What JSON shows of the value; json.dumps asks for everything that it cannot write itself.

    Models and dataclasses are taken apart, so that what they hold comes here as well: a field
    whose annotation has the contract's mark is masked, at any depth. Of an exception only the
    type is shown, since its message may quote what it failed on.
    """
    if isinstance(value, BaseModel):
        return _of_model(value)
    if isinstance(value, BaseException):
        return type(value).__name__
    if is_dataclass(value) and not isinstance(value, type):
        personal = _personal_fields_of_dataclass(type(value))
        names = (field.name for field in fields(value))
        return {name: _masked(getattr(value, name), name in personal) for name in names}
    # Never by str(): that would show a model inside in the clear.
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
    # Nobody has said what else it holds, so nobody has said that it may be seen.
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
    """Whether the contract's mark stands anywhere in an annotation, a list's elements included.

    The mark is known by its attribute: this library does not import the contracts' package.
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
        # `type Name = …` keeps what it stands for here.
        waiting += [part.__value__] if hasattr(part, "__value__") else []
    return False
