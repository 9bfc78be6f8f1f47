"""What changed of a contract as a whole: who publishes it, about what, and what it promises."""

from collections.abc import Iterator
from typing import Final

from trunklab.contracts.compatibility.contract_changes import Change
from trunklab.contracts.contract import Contract

_MARKS: Final = {
    "source-changed": "x-source",
    "detail-type-changed": "x-detail-type",
    "subject-changed": "x-subject",
    "owner-changed": "x-owner",
}
_PROMISE: Final = "x-compatibility"
_DATES: Final = ("x-deprecated-since", "x-sunset")


def marks(old: Contract, new: Contract) -> Iterator[Change]:
    """Return the differences in what stands at the head of the contract."""
    for name, keyword in _MARKS.items():
        was, now = old.document.get(keyword, ""), new.document.get(keyword, "")
        if was != now:
            yield _change(name, keyword, str(was), str(now))
    yield from _policy(old, new)
    yield from _lifecycle(old, new)
    if old.path != new.path:
        yield Change("contract-moved", (), "", "", old.path.as_posix(), new.path.as_posix())


def _policy(old: Contract, new: Contract) -> Iterator[Change]:
    was, now = old.document.get(_PROMISE), new.document.get(_PROMISE)
    removed = was is not None and now is None
    if removed or new.compatibility.weaker_than(old.compatibility):
        yield _change("policy-weakened", _PROMISE, was or f"{old.compatibility} by default", now)
    elif old.compatibility != new.compatibility:
        yield _change(
            "policy-strengthened", _PROMISE, was or f"{old.compatibility} by default", now
        )


def _lifecycle(old: Contract, new: Contract) -> Iterator[Change]:
    if old.sunset and (new.sunset is None or new.sunset < old.sunset):
        # Without a sunset it stays: nobody has less time than was promised.
        name = "sunset-earlier" if new.sunset else "lifecycle-changed"
        yield _change(name, "x-sunset", old.sunset.isoformat(), _text(new, "x-sunset"))
        return
    for keyword in _DATES:
        was, now = _text(old, keyword), _text(new, keyword)
        if was != now:
            yield _change("lifecycle-changed", keyword, was or "not declared", now)


def _text(contract: Contract, keyword: str) -> str:
    return str(contract.document.get(keyword, ""))


def _change(name: str, keyword: str, was: str, now: str | None) -> Change:
    pointer = f"/{keyword}"
    return Change(name, (keyword,), pointer, pointer, was, now or "not declared")
