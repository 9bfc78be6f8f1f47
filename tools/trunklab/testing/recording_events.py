"""Events that note which of their fields are read: what a handler reads, seen while it runs."""

from abc import ABCMeta
from functools import cache
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from trunklab.contracts.impact.field_paths import EVERYTHING, Path, normal

_Model = TypeVar("_Model", bound=BaseModel)

_WHOLE: Final = frozenset({"__dict__", "model_fields_set", "__pydantic_fields_set__"})
"""Pydantic looks there to dump, compare, copy, print or iterate: everything may be read."""

_SLOT: Final = "__recorded__"


class Recording:
    """The paths that were read of one event."""

    def __init__(self) -> None:
        self._noted: set[Path] = set()

    @property
    def paths(self) -> frozenset[Path]:
        """What was read; a path that ends in `*` stands for everything below."""
        return normal(self._noted)

    def note(self, path: Path) -> None:
        """A field is read."""
        self._noted.add(path)

    def of(self, value: _Model) -> _Model:
        """The same event once more: it notes what is read of it, and is an instance of its class.

        What it holds notes as well: values, and those in tuples, lists and dicts.
        """
        return cast("_Model", _noting(value, (), self))

    def of_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """The same for an event's data as plain JSON."""
        return _NotingDict(data, (), self)


class _Noting:
    """Stands before the contract among the bases of what notes its reads."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """The contract is declared already."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        try:
            path, recording, model = object.__getattribute__(self, _SLOT)
        except AttributeError:
            return value  # a copy: all that it holds was noted when it was made
        if name == "__class__":
            return model
        if name in _WHOLE:
            recording.note((*path, EVERYTHING))
        elif name in model.model_fields:
            field = model.model_fields[name]
            below = (*path, field.serialization_alias or field.alias or name)
            recording.note(below)
            return _noting(value, below, recording)
        return value


class _NotingDict(dict[str, Any]):
    """A map that notes which keys are read; all of them, where that cannot be told."""

    def __init__(self, data: dict[str, Any], path: Path, recording: Recording) -> None:
        super().__init__(data)
        self._path = path
        self._recording = recording

    def __getitem__(self, key: str) -> Any:
        return self._read(key, super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:
        """What stands under the key, noted."""
        return self._read(key, super().get(key, default))

    def pop(self, key: str, *default: Any) -> Any:
        """What stood under the key, noted."""
        return self._read(key, super().pop(key, *default))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """What stands under the key from now on, noted."""
        return self._read(key, super().setdefault(key, default))

    def popitem(self) -> tuple[str, Any]:
        """The last entry; all are noted, since nobody chose it."""
        self._recording.note((*self._path, EVERYTHING))
        return super().popitem()

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str):
            self._recording.note((*self._path, key))
        return super().__contains__(key)

    def __reversed__(self) -> Any:
        self._recording.note((*self._path, EVERYTHING))
        return super().__reversed__()

    def __iter__(self) -> Any:
        self._recording.note((*self._path, EVERYTHING))
        return super().__iter__()

    def __eq__(self, other: object) -> bool:
        self._recording.note((*self._path, EVERYTHING))
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __repr__(self) -> str:
        self._recording.note((*self._path, EVERYTHING))
        return super().__repr__()

    def keys(self) -> Any:
        """All keys, all noted; so are all values, since the keys lead to them."""
        self._recording.note((*self._path, EVERYTHING))
        return super().keys()

    def values(self) -> Any:
        """All values, all noted."""
        self._recording.note((*self._path, EVERYTHING))
        return super().values()

    def items(self) -> Any:
        """All entries, all noted."""
        self._recording.note((*self._path, EVERYTHING))
        return super().items()

    def _read(self, key: str, value: Any) -> Any:
        self._recording.note((*self._path, key))
        return _noting(value, (*self._path, key), self._recording)


def _noting(value: Any, path: Path, recording: Recording) -> Any:
    if isinstance(value, BaseModel):
        return _noting_model(value, path, recording)
    if isinstance(value, dict):
        return _NotingDict(value, path, recording)
    if isinstance(value, list | tuple) and type(value) in {list, tuple}:
        return type(value)(_noting(one, path, recording) for one in value)
    return value


def _noting_model(value: BaseModel, path: Path, recording: Recording) -> Any:
    model = type(value)
    made: Any = object.__new__(_class_for(model))
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__"):
        object.__setattr__(made, name, getattr(value, name))
    object.__setattr__(made, "__pydantic_private__", value.__pydantic_private__)
    object.__setattr__(made, _SLOT, (path, recording, model))
    return made


@cache
def _class_for(model: type[BaseModel]) -> type:
    """A class below the model's, made without Pydantic: its fields and validators stay the same."""
    names = {"__slots__": (_SLOT,), "__module__": model.__module__, "__doc__": model.__doc__}
    made: type = ABCMeta.__new__(type(model), model.__name__, (_Noting, model), names)
    return made
