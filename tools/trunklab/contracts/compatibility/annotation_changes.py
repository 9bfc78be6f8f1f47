"""Changes that are not in the values: declarations, personal data, defaults, discriminators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trunklab.contracts.compatibility.contract_changes import Breaks, Change
from trunklab.contracts.compatibility.shape_descriptions import shown
from trunklab.contracts.contract import Contract
from trunklab.schema_solver.accepts import same
from trunklab.schema_solver.json_pointer import resolved, within

Schema = dict[str, Any]

PERSONAL: Final = "x-personal-data"
_DECLARATIONS: Final = {
    "source-changed": "x-source",
    "detail-type-changed": "x-detail-type",
    "subject-changed": "x-subject",
    "owner-changed": "x-owner",
}
_PROMISE: Final = "x-compatibility"
_DATES: Final = ("x-deprecated-since", "x-sunset")
_UNIONS: Final = ("anyOf", "oneOf", "allOf")
_ABSENT: Final = object()


@dataclass
class _Place:
    """All schemas that may describe one field, through references and unions."""

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
        """Returns the keyword of the nearest schema, or _ABSENT."""
        return next((one[keyword] for one in self.schemas.values() if keyword in one), _ABSENT)

    def below(self) -> "dict[str, _Place]":
        """Returns the places of fields and elements by their step."""
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


def declarations(old: Contract, new: Contract) -> Iterator[Change]:
    """Yields the changes of source, detail-type, subject, owner, policy, lifecycle and file."""
    for name, keyword in _DECLARATIONS.items():
        was, now = old.document.get(keyword, ""), new.document.get(keyword, "")
        if was != now:
            yield _declaration(name, keyword, str(was), str(now))
    yield from _of_policy(old, new)
    yield from _of_lifecycle(old, new)
    if old.path != new.path:
        yield Change("contract-moved", (), "", "", old.path.as_posix(), new.path.as_posix())


def _of_policy(old: Contract, new: Contract) -> Iterator[Change]:
    was, now = old.document.get(_PROMISE), new.document.get(_PROMISE)
    removed = was is not None and now is None
    if removed or new.compatibility.weaker_than(old.compatibility):
        yield _declaration(
            "policy-weakened", _PROMISE, was or f"{old.compatibility} by default", now
        )
    elif old.compatibility != new.compatibility:
        yield _declaration(
            "policy-strengthened", _PROMISE, was or f"{old.compatibility} by default", now
        )


def _of_lifecycle(old: Contract, new: Contract) -> Iterator[Change]:
    if old.sunset and (new.sunset is None or new.sunset < old.sunset):
        # Without a sunset the contract stays, so no consumer has less time than promised.
        name = "sunset-earlier" if new.sunset else "lifecycle-changed"
        yield _declaration(name, "x-sunset", old.sunset.isoformat(), _declared(new, "x-sunset"))
        return
    for keyword in _DATES:
        was, now = _declared(old, keyword), _declared(new, keyword)
        if was != now:
            yield _declaration("lifecycle-changed", keyword, was or "not declared", now)


def _declared(contract: Contract, keyword: str) -> str:
    return str(contract.document.get(keyword, ""))


def _declaration(name: str, keyword: str, was: str, now: str | None) -> Change:
    pointer = f"/{keyword}"
    return Change(name, (keyword,), pointer, pointer, was, now or "not declared")


def annotations(old: Schema, new: Schema) -> list[Change]:
    """Returns the changed annotations of fields that both versions have."""
    return list(_Walk().changes(_Place(old, ("",)), _Place(new, ("",)), (), (False, False)))


class _Walk:
    def __init__(self) -> None:
        self._seen: set[object] = set()

    def changes(
        self, old: _Place, new: _Place, path: tuple[str, ...], marked: tuple[bool, bool]
    ) -> Iterator[Change]:
        """Yields the changes of two places and below; shared definitions once per marks."""
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
    # The default of a required field is never read.
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
        before, after = f"discriminator {was}", f"discriminator {now}"
        yield Change("discriminator-changed", **_at(old, new, path), was=before, now=after)


def _discriminator(place: _Place) -> str:
    said = place.first("discriminator")
    return str(said.get("propertyName")) if isinstance(said, Mapping) else "nothing"
