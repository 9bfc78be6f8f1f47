"""Changes that are not in the values: declarations, personal data, defaults, discriminators."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trunklab.contracts.compatibility.contract_changes import Change
from trunklab.contracts.compatibility.mismatch import shown
from trunklab.contracts.contract import Breaks, Contract
from trunklab.contracts.event_schema import Schema
from trunklab.schema_solver.json_pointer import resolved, within
from trunklab.schema_solver.validate import same

PERSONAL: Final = "x-personal-data"
_DECLARATIONS: Final = {
    "source-changed": "x-source",
    "detail-type-changed": "x-detail-type",
    "subject-changed": "x-subject",
    "owner-changed": "x-owner",
}
_POLICY: Final = "x-compatibility"
_UNIONS: Final = ("anyOf", "oneOf", "allOf")
_ABSENT: Final = object()


class _Place:
    """All schemas that may describe one field, through references and unions."""

    def __init__(self, document: Schema, pointers: tuple[str, ...] = ("",)) -> None:
        self.document = document
        self.pointers = pointers
        self._schemas: dict[str, Mapping[str, Any]] = {}
        waiting = list(pointers)
        for pointer in waiting:
            schema = resolved(document, pointer)
            if pointer in self._schemas or not isinstance(schema, Mapping):
                continue
            self._schemas[pointer] = schema
            waiting += [schema["$ref"].removeprefix("#")] if "$ref" in schema else []
            for keyword in _UNIONS:
                members = range(len(schema.get(keyword, ())))
                waiting += [within(pointer, keyword, str(index)) for index in members]

    def first(self, keyword: str) -> Any:
        """Returns the keyword of the nearest schema, or _ABSENT."""
        return next((one[keyword] for one in self._schemas.values() if keyword in one), _ABSENT)

    def requires(self, step: str) -> bool:
        """True if a schema requires the field."""
        return any(step in schema.get("required", ()) for schema in self._schemas.values())

    def below(self) -> "dict[str, _Place]":
        """Returns the places of fields and elements by their step."""
        pointers: dict[str, list[str]] = {}
        for pointer, schema in self._schemas.items():
            for step, inside in _steps(pointer, schema):
                pointers.setdefault(step, []).append(inside)
        return {step: _Place(self.document, tuple(inside)) for step, inside in pointers.items()}


def declarations(old: Contract, new: Contract) -> Iterator[Change]:
    """Yields the changes of source, detail-type, subject, owner, policy, lifecycle and file."""
    for name, keyword in _DECLARATIONS.items():
        was, now = _declared(old, keyword), _declared(new, keyword)
        if was != now:
            yield _declaration(name, keyword, was, now)
    is_removed = _POLICY in old.document and _POLICY not in new.document
    if is_removed or old.compatibility != new.compatibility:
        is_weaker = is_removed or new.compatibility.weaker_than(old.compatibility)
        was = _declared(old, _POLICY) or f"{old.compatibility} by default"
        name = "policy-weakened" if is_weaker else "policy-strengthened"
        yield _declaration(name, _POLICY, was, _declared(new, _POLICY))
    yield from _of_lifecycle(old, new)
    if old.path != new.path:
        yield Change("contract-moved", (), "", "", old.path.as_posix(), new.path.as_posix())


def _of_lifecycle(old: Contract, new: Contract) -> Iterator[Change]:
    if old.sunset and (new.sunset is None or new.sunset < old.sunset):
        # Without a sunset the contract stays, so no consumer has less time than promised.
        name = "sunset-earlier" if new.sunset else "lifecycle-changed"
        yield _declaration(name, "x-sunset", old.sunset.isoformat(), _declared(new, "x-sunset"))
        return
    for keyword in ("x-deprecated-since", "x-sunset"):
        was, now = _declared(old, keyword), _declared(new, keyword)
        if was != now:
            yield _declaration("lifecycle-changed", keyword, was or "not declared", now)


def _declared(contract: Contract, keyword: str) -> str:
    return str(contract.document.get(keyword, ""))


def _declaration(name: str, keyword: str, was: str, now: str) -> Change:
    pointer = f"/{keyword}"
    return Change(name, (keyword,), pointer, pointer, was, now or "not declared")


def annotations(old: Schema, new: Schema) -> list[Change]:
    """Returns the changed annotations of fields that both versions have."""
    return list(_Walk().changes(_Place(old), _Place(new), (), (False, False), optional=False))


class _Walk:
    def __init__(self) -> None:
        self._seen: set[object] = set()

    def changes(
        self,
        old: _Place,
        new: _Place,
        path: tuple[str, ...],
        marked: tuple[bool, bool],
        *,
        optional: bool,
    ) -> Iterator[Change]:
        """Yields the changes of two places and below; shared definitions once per marks.

        `marked` says if the old and the new field are within personal data.
        """
        was, now = (
            inherited or place.first(PERSONAL) is True
            for inherited, place in zip(marked, (old, new), strict=True)
        )
        pair = old.pointers, new.pointers, was, now, marked
        if pair in self._seen:
            return
        self._seen.add(pair)
        places = {"old_place": old.pointers[0], "new_place": new.pointers[0]}
        here: dict[str, Any] = {"path": path, **places}
        if (was, now) != marked and was != now:
            name = "personal-data-unmarked" if was else "personal-data-marked"
            words = ["personal data" if mark else "not marked" for mark in (was, now)]
            yield Change(name, **here, was=words[0], now=words[1])
        if path:
            yield from _of_default(here, old, new, optional=optional)
        words = [_discriminator(old), _discriminator(new)]
        if words[0] != words[1]:
            yield Change("discriminator-changed", **here, was=words[0], now=words[1])
        below = new.below()
        for step, inside in old.below().items():
            if step in below:
                optional = not (old.requires(step) or new.requires(step))
                inner = inside, below[step], (*path, step), (was, now)
                yield from self.changes(*inner, optional=optional)


def _steps(pointer: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in schema.get("properties", {}):
        yield name, within(pointer, "properties", name)
    for index in range(len(schema.get("prefixItems", ()))):
        yield f"[{index}]", within(pointer, "prefixItems", str(index))
    for step, keyword in (("[]", "items"), ("*", "additionalProperties")):
        if isinstance(schema.get(keyword), Mapping):
            yield step, within(pointer, keyword)
    for pattern in schema.get("patternProperties", {}):
        yield "*", within(pointer, "patternProperties", pattern)


def _of_default(
    here: dict[str, Any], old: _Place, new: _Place, *, optional: bool
) -> Iterator[Change]:
    was, now = old.first("default"), new.first("default")
    if was is now or (was is not _ABSENT and now is not _ABSENT and same(was, now)):
        return
    # The default of a required field is never read.
    is_read = optional and was is not _ABSENT
    breaks = frozenset({Breaks.BACKWARD, Breaks.FORWARD} if is_read else ())
    words = ["no default" if one is _ABSENT else f"default {shown(one)}" for one in (was, now)]
    yield Change("default-changed", **here, was=words[0], now=words[1], breaks=breaks)


def _discriminator(place: _Place) -> str:
    discriminator = place.first("discriminator")
    is_found = isinstance(discriminator, Mapping)
    return f"discriminator {discriminator.get('propertyName') if is_found else 'nothing'}"
