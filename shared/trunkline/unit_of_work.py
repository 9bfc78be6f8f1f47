"""Reads and writes of a handler; writes take effect at the commit."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from trunkline.bounds import QUERY_ITEMS_MAX
from trunkline.calls import CallId
from trunkline.effects import derived_id
from trunkline.envelope import Envelope
from trunkline.items import Item, Key, Value
from trunkline.outbox import key_in, moment_of, row_key
from trunkline.retention import EXPIRES_AT, expiry
from trunkline.table import Table
from trunkline.writes import (
    ABSENT,
    UNVERSIONED,
    VERSION,
    Check,
    Delete,
    Put,
    Update,
    Write,
    action,
    applied,
    merged,
)

RESERVED_PREFIX = "trunkline#"
"""Prefix of the runtime's partition keys."""

_RESERVED_NAMES = frozenset({"pk", "sk", VERSION, EXPIRES_AT})

_Allowed = TypeVar("_Allowed", bound=Value)
_Answer = TypeVar("_Answer")

Once = Callable[[CallId, Callable[[str], Any]], Any]
"""Makes a guarded call; see `trunkline.calls`."""

_STEP = timedelta(microseconds=1)
"""Minimum time between two events of one subject: the sort key's resolution."""


@dataclass(frozen=True)
class Identity:
    """Identity of the handling of one event or request, the same on every delivery."""

    service: str
    handler: str
    cause_id: str

    def derive(self, kind: str, index: int) -> str:
        """Returns the id of the index-th object of this kind that the handling creates."""
        return derived_id(self.service, self.handler, self.cause_id, kind, str(index))


class UnitOfWork:
    """The reads and writes of one handler run.

    Reads are strongly consistent and repeatable, and return copies. A write to an item that was
    read is conditional on the item being unchanged; if it has changed, the handler runs again on
    fresh reads. Several writes to one item become one. Attributes are strings, whole numbers,
    Decimals, booleans, bytes, lists, maps, None, and sets of strings, numbers or bytes. A float, an
    empty set or a mixed set raises TypeError at the commit.
    """

    def __init__(
        self,
        table: Table,
        identity: Identity,
        now: datetime,
        event: Envelope | None,
        once: Once | None = None,
    ) -> None:
        self.identity = identity
        self._table = table
        self._now = now
        self._event = event
        self._once = once
        self._read: dict[Key, tuple[str, Item | None]] = {}
        self._queried: list[tuple[str, str]] = []
        self._writes: dict[Key, Write] = {}
        self.called: set[str] = set()
        self.unfinished: Exception | None = None
        self._ids = 0

    @property
    def now(self) -> datetime:
        """The time when this run began, in UTC."""
        return self._now

    @property
    def event(self) -> Envelope:
        """The event being handled with its metadata; raises LookupError for an API request."""
        if self._event is None:
            raise LookupError("this unit of work belongs to a request, which has no event")
        return self._event

    def new_id(self) -> str:
        """Returns a new id, which is the same whenever this event or request is handled again."""
        self._ids += 1
        return self.identity.derive("id", self._ids - 1)

    def once(self, name: str, call: Callable[[str], _Answer]) -> _Answer:
        """Makes an external call, or returns its result from an earlier delivery.

        The call gets an idempotency key that is the same on every delivery: pass it to the
        provider. `name` is unique in the handler; never rename a call. Raises what the call raises,
        UnderLeaseError while another delivery makes the call, ValueError if the name is used twice
        or a request has no key, ConfigurationError if the function has no table for calls. See
        `trunkline.calls` and docs/external-effects.md.
        """
        if self._once is None:
            raise ValueError(
                f"the call {name!r} has no key, because its request has none: require an "
                "Idempotency-Key, or make the call in a consumer"
            )
        if name in self.called:
            raise ValueError(f"the call {name!r} is made twice: give each call its own name")
        self.called.add(name)
        identity = self.identity
        call_id = CallId(identity.service, identity.handler, identity.cause_id, name)
        refusals: list[Exception] = []

        def noted(key: str) -> _Answer:
            try:
                return call(key)
            except Exception as error:
                refusals.append(error)
                raise

        try:
            answer: _Answer = self._once(call_id, noted)
        except Exception as error:
            # The handler may catch exceptions of the call itself. After any other error the result
            # of the call is unknown, so a handler that continues must not be committed.
            if error not in refusals:
                self.unfinished = error
            raise
        return answer

    def get(self, pk: str, sk: str) -> Item | None:
        """Returns the item's attributes with this unit's own writes, or None."""
        key = _checked(pk, sk)
        write = self._writes.get(key)
        if isinstance(write, Put):
            return deepcopy(write.attributes)
        if isinstance(write, Delete):
            return None
        item = self._item(key)
        if isinstance(write, Update):
            return deepcopy(applied(item or {}, write))
        return deepcopy(item)

    def query(self, pk: str, sk_prefix: str = "") -> dict[str, Item]:
        """Returns the partition's items by sort key, in order, with this unit's own writes.

        Raises ValueError if there are more than QUERY_ITEMS_MAX: use a narrower prefix.
        """
        _checked(pk, sk_prefix or "any")
        self._queried.append((pk, sk_prefix))
        found = list(self._table.query(pk, prefix=sk_prefix, limit=QUERY_ITEMS_MAX + 1))
        if len(found) > QUERY_ITEMS_MAX:
            raise ValueError(
                f"more than {QUERY_ITEMS_MAX} items under {pk}: query a narrower sk_prefix"
            )
        for row in found:
            self._remember((pk, str(row["sk"])), row)
        names = {str(row["sk"]) for row in found}
        # Repeatable reads as in `get`: items that were read before and deleted meanwhile count.
        names |= {
            sk for at, sk in (*self._writes, *self._read) if at == pk and sk.startswith(sk_prefix)
        }
        items = {sk: self.get(pk, sk) for sk in sorted(names)}
        return {sk: item for sk, item in items.items() if item is not None}

    def put(self, pk: str, sk: str, attributes: Mapping[str, Value]) -> None:
        """Replaces the item by exactly these attributes."""
        self._write(pk, sk, Put(_allowed(attributes)))

    def update(
        self,
        pk: str,
        sk: str,
        set_to: Mapping[str, Value] | None = None,
        add: Mapping[str, int] | None = None,
    ) -> None:
        """Sets attributes, then adds to numeric ones; creates the item if it does not exist."""
        self._write(pk, sk, Update(set_to=_allowed(set_to or {})))
        self._write(pk, sk, Update(add=_allowed(add or {})))

    def delete(self, pk: str, sk: str) -> None:
        """Deletes the item, if it exists."""
        self._write(pk, sk, Delete())

    def check(self, pk: str, sk: str) -> None:
        """Makes the commit conditional on the item being unchanged since it was read."""
        self._item(_checked(pk, sk))
        self._write(pk, sk, Check())

    def actions(self, version: str) -> list[dict[str, Any]]:
        """Returns the writes as elements of TransactItems; for the runtime."""
        return [
            action(key, write, self._read[key][0] if key in self._read else None, version)
            for key, write in self._writes.items()
        ]

    @property
    def written(self) -> set[Key]:
        """Returns the keys of all writes and checks; for the runtime."""
        return set(self._writes)

    def sees(self, keys: set[Key]) -> bool:
        """True if any of the keys was read, queried or written; for the runtime."""
        return (
            not keys.isdisjoint(self._read)
            or not keys.isdisjoint(self._writes)
            or any(
                pk == at and sk.startswith(prefix)
                for pk, sk in keys
                for at, prefix in self._queried
            )
        )

    def turn_of(self, subject: str, event_id: str, mark_days: int) -> tuple[datetime, Key | None]:
        """Returns the commit time of an event of the subject, and its predecessor's row key.

        For the runtime. The time is later than that of every earlier event of the subject.
        Concurrent commits conflict, and one of them runs again.
        """
        key = f"{RESERVED_PREFIX}order#{subject}", "last"
        item = self._item(key)
        write = self._writes.get(key)
        last = write.attributes if isinstance(write, Put) else item
        after = key_in(last.get("row")) if last else None
        before = moment_of(after[1]) if after else None
        turn = max(self._now, before + _STEP) if before else self._now
        row = list(row_key(subject, turn, event_id))
        # Expires with the marks: a row of that age is gone, and so are its successors.
        self._writes[key] = Put({"row": row, **expiry(self._now, mark_days)})
        return turn, after

    def _write(self, pk: str, sk: str, write: Write) -> None:
        key = _checked(pk, sk)
        self._writes[key] = merged(self._writes.get(key), write)

    def _item(self, key: Key) -> Item | None:
        if key not in self._read:
            self._remember(key, self._table.get(key))
        return self._read[key][1]

    def _remember(self, key: Key, row: Item | None) -> None:
        if key in self._read:
            return  # repeatable reads: the first value counts until the commit checks it
        if row is None:
            self._read[key] = (ABSENT, None)
            return
        item = {name: value for name, value in row.items() if name not in _RESERVED_NAMES}
        self._read[key] = (str(row.get(VERSION, UNVERSIONED)), item)


def _checked(pk: str, sk: str) -> Key:
    if not pk or not sk:
        raise ValueError("a key needs a non-empty partition key and a non-empty sort key")
    if pk.startswith(RESERVED_PREFIX):
        raise ValueError(f"partition keys that begin with {RESERVED_PREFIX!r} are reserved")
    return pk, sk


def _allowed(attributes: Mapping[str, _Allowed]) -> dict[str, _Allowed]:
    reserved = _RESERVED_NAMES.intersection(attributes)
    if reserved:
        raise ValueError(f"attributes {sorted(reserved)} are reserved: choose another name")
    # A deep copy: later changes of the handler's own lists are not part of the write.
    return {name: deepcopy(value) for name, value in attributes.items()}
