"""Runs a handler in this process on an event that records which of its fields are read."""

import contextlib
from abc import ABCMeta
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar, cast

from pydantic import BaseModel

from schemas.event import Event
from trunklab.contracts.impact.field_paths import EVERYTHING, Path, normal
from trunklab.testing.lambda_events import OCCURRED_AT, Occurrence
from trunkline import Envelope, PermanentError, RetryableError, UnitOfWork
from trunkline.items import Item, Key
from trunkline.table import Table
from trunkline.unit_of_work import Identity

_Event = TypeVar("_Event", bound=Event)
_Value = TypeVar("_Value")

Items = Mapping[Key, Item]
"""The items of the service's table: attributes by (pk, sk)."""

_WHOLE_MODEL: Final = frozenset({"__dict__", "model_fields_set", "__pydantic_fields_set__"})
"""Pydantic reads these to dump, compare, copy, print or iterate: any field may be read."""

_SLOT: Final = "__recorded__"


def reads_of(
    handler: Callable[[_Event, UnitOfWork], Any], event: _Event, items: Items | None = None
) -> frozenset[Path]:
    """Returns the paths that the handler reads of the event, with these items in its table.

    Guarded calls are made; nothing is committed or published. An event that the handler refuses
    or retries counts too.
    """
    recording = Recording()
    envelope = Envelope.parse(Occurrence.of(event, "event-1").delivered())
    envelope = replace(envelope, data=recording.of(dict(envelope.data)))
    unit = UnitOfWork(
        _MemoryTable(items or {}),
        Identity("recorded", "recorded", "event-1"),
        datetime.fromisoformat(OCCURRED_AT),
        envelope,
        once=lambda _call_id, call: call("key-1"),
    )
    with contextlib.suppress(PermanentError, RetryableError):
        returned = handler(recording.of(event), unit)
        for emitted in returned if isinstance(returned, list | tuple) else [returned]:
            if isinstance(emitted, Event):
                emitted.to_data()
        unit.actions("1")
    return recording.paths


class _MemoryTable(Table):
    """A table in memory, for reads only."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def get(self, key: Key) -> Item | None:
        item = self._items.get(key)
        return None if item is None else {"pk": key[0], "sk": key[1], **item}

    def query(self, pk: str, *, prefix: str = "", before: str = "", limit: int) -> Iterator[Item]:
        keys = sorted(key for key in self._items if key[0] == pk and key[1].startswith(prefix))
        wanted = [key for key in keys if not before or key[1] < before][:limit]
        yield from (item for key in wanted if (item := self.get(key)) is not None)


class Recording:
    """The paths that were read of one event."""

    def __init__(self) -> None:
        self.noted: set[Path] = set()

    @property
    def paths(self) -> frozenset[Path]:
        """The paths; one that ends in `*` includes everything below."""
        return normal(self.noted)

    def of(self, value: _Value) -> _Value:
        """Returns an event, or its data, of the same class; it and its parts record their reads."""
        return cast("_Value", _recorded(value, (), self))


class _RecordedModel:
    """First base, before the contract, of the classes whose instances record their reads."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Skips the declaration of the contract, which exists already."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        try:
            path, recording, model = object.__getattribute__(self, _SLOT)
        except AttributeError:
            return value  # a copy: all its fields were noted when it was made
        if name == "__class__":
            return model
        if name in _WHOLE_MODEL:
            recording.noted.add((*path, EVERYTHING))
        elif name in model.model_fields:
            field = model.model_fields[name]
            below = (*path, field.serialization_alias or field.alias or name)
            recording.noted.add(below)
            return _recorded(value, below, recording)
        return value


class _RecordedDict(dict[str, Any]):
    """A dict that records which keys are read; its reading methods are set below."""

    def __init__(self, data: dict[str, Any], path: Path, recording: Recording) -> None:
        super().__init__(data)
        self.path = path
        self.recording = recording

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str):
            self.recording.noted.add((*self.path, key))
        return super().__contains__(key)


def _reads(name: str, *, every_key: bool = False) -> Callable[..., Any]:
    """Returns dict's method of that name, which records its key, or all keys."""
    method = getattr(dict, name)

    def read(self: _RecordedDict, *arguments: Any) -> Any:
        path = (*self.path, EVERYTHING if every_key else arguments[0])
        self.recording.noted.add(path)
        value = method(self, *arguments)
        return value if every_key else _recorded(value, path, self.recording)

    return read


for _name in ("__getitem__", "get", "pop", "setdefault"):
    setattr(_RecordedDict, _name, _reads(_name))
for _name in (
    *("keys", "values", "items", "popitem", "copy"),
    *("__iter__", "__reversed__", "__eq__", "__ne__", "__or__", "__repr__"),
):
    setattr(_RecordedDict, _name, _reads(_name, every_key=True))


def _recorded(value: Any, path: Path, recording: Recording) -> Any:
    if isinstance(value, BaseModel):
        return _recorded_model(value, path, recording)
    if isinstance(value, dict):
        return _RecordedDict(value, path, recording)
    if type(value) in {list, tuple}:
        return type(value)(_recorded(member, path, recording) for member in value)
    return value


def _recorded_model(value: BaseModel, path: Path, recording: Recording) -> Any:
    model = type(value)
    made: Any = object.__new__(_class_for(model))
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__"):
        object.__setattr__(made, name, getattr(value, name))
    object.__setattr__(made, "__pydantic_private__", value.__pydantic_private__)
    object.__setattr__(made, _SLOT, (path, recording, model))
    return made


@cache
def _class_for(model: type[BaseModel]) -> type:
    """Returns a subclass of the model, made without Pydantic: fields and validators stay."""
    names = {"__slots__": (_SLOT,), "__module__": model.__module__, "__doc__": model.__doc__}
    made: type = ABCMeta.__new__(type(model), model.__name__, (_RecordedModel, model), names)
    return made
