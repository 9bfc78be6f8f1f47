"""What changed beside the values themselves: personal data, defaults, discriminators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trunklab.contracts.compatibility.contract_changes import Breaks, Change
from trunklab.contracts.compatibility.shape_descriptions import shown
from trunklab.schema_solver.accepts import same
from trunklab.schema_solver.json_pointer import resolved, within

Schema = dict[str, Any]

PERSONAL: Final = "x-personal-data"
_UNIONS: Final = ("anyOf", "oneOf", "allOf")
_ABSENT: Final = object()


@dataclass
class _Place:
    """Everything that may describe one field, its references and unions followed."""

    document: Schema
    pointers: tuple[str, ...]
    optional: bool = False
    schemas: dict[str, Mapping[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.schemas = {}
        waiting = list(self.pointers)
        while waiting:
            pointer = waiting.pop(0)
            schema = resolved(self.document, pointer)
            if pointer in self.schemas or not isinstance(schema, Mapping):
                continue
            self.schemas[pointer] = schema
            waiting += [schema["$ref"].removeprefix("#")] if "$ref" in schema else []
            for keyword in _UNIONS:
                waiting += [
                    within(pointer, keyword, str(at)) for at in range(len(schema.get(keyword, ())))
                ]

    def first(self, keyword: str) -> Any:
        """What the nearest description says, or _ABSENT."""
        return next((one[keyword] for one in self.schemas.values() if keyword in one), _ABSENT)

    def below(self) -> "dict[str, _Place]":
        """The fields and elements, by the step that leads to them."""
        found: dict[str, list[str]] = {}
        demanded: set[str] = set()
        for pointer, schema in self.schemas.items():
            for step, inside in _steps(pointer, schema):
                found.setdefault(step, []).append(inside)
            demanded.update(schema.get("required", ()))
        return {
            step: _Place(self.document, tuple(inside), optional=step not in demanded)
            for step, inside in found.items()
        }


def annotations(old: Schema, new: Schema) -> list[Change]:
    """Return the differences in what is said of fields that both versions have."""
    return list(_Walk().changes(_Place(old, ("",)), _Place(new, ("",)), (), (False, False)))


class _Walk:
    def __init__(self) -> None:
        self._seen: set[object] = set()

    def changes(
        self, old: _Place, new: _Place, path: tuple[str, ...], marked: tuple[bool, bool]
    ) -> Iterator[Change]:
        """Compare two places and what is below; shared definitions once for each way of marks."""
        was = marked[0] or old.first(PERSONAL) is True
        now = marked[1] or new.first(PERSONAL) is True
        pair = old.pointers, new.pointers, was, now, marked
        if pair in self._seen:
            return
        self._seen.add(pair)
        if (was, now) != marked:
            yield from _of_mark(_at(old, new, path), was=was, now=now)
        if path:
            yield from _of_default(old, new, path)
        yield from _of_discriminator(old, new, path)
        theirs = new.below()
        for step, inside in old.below().items():
            if step in theirs:
                yield from self.changes(inside, theirs[step], (*path, step), (was, now))


def _steps(pointer: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in schema.get("properties", {}):
        yield name, within(pointer, "properties", name)
    for at in range(len(schema.get("prefixItems", ()))):
        yield f"[{at}]", within(pointer, "prefixItems", str(at))
    if isinstance(schema.get("items"), Mapping):
        yield "[]", within(pointer, "items")
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield "*", within(pointer, "additionalProperties")
    for pattern in schema.get("patternProperties", {}):
        yield "*", within(pointer, "patternProperties", pattern)


def _at(old: _Place, new: _Place, path: tuple[str, ...]) -> dict[str, Any]:
    return {"path": path, "old_place": old.pointers[0], "new_place": new.pointers[0]}


def _of_mark(here: dict[str, Any], *, was: bool, now: bool) -> Iterator[Change]:
    if was and not now:
        yield Change("personal-data-unmarked", **here, was="personal data", now="not marked")
    if now and not was:
        yield Change("personal-data-marked", **here, was="not marked", now="personal data")


def _of_default(old: _Place, new: _Place, path: tuple[str, ...]) -> Iterator[Change]:
    was, now = old.first("default"), new.first("default")
    if was is now or (was is not _ABSENT and now is not _ABSENT and same(was, now)):
        return
    # Where the field cannot be absent, nobody ever reads the default.
    breaks = {Breaks.BACKWARD, Breaks.FORWARD} if old.optional and new.optional else set()
    if was is _ABSENT:
        breaks = set()
    before, after = _default(was), _default(now)
    here = _at(old, new, path)
    yield Change("default-changed", **here, was=before, now=after, breaks=frozenset(breaks))


def _default(value: Any) -> str:
    return "no default" if value is _ABSENT else f"default {shown(value)}"


def _of_discriminator(old: _Place, new: _Place, path: tuple[str, ...]) -> Iterator[Change]:
    was, now = (_discriminator(place) for place in (old, new))
    if was != now:
        before, after = f"told apart by {was}", f"told apart by {now}"
        yield Change("discriminator-changed", **_at(old, new, path), was=before, now=after)


def _discriminator(place: _Place) -> str:
    said = place.first("discriminator")
    return str(said.get("propertyName")) if isinstance(said, Mapping) else "nothing"
