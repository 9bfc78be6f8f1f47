"""Which handlings of one batch can be committed in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from trunkline.bounds import TRANSACT_BYTES_MAX, TRANSACT_ITEMS_MAX
from trunkline.items import Key
from trunkline.prepared import Prepared


@dataclass
class Group:
    """Handlings of which none touches what another writes."""

    members: list[Prepared] = field(default_factory=list)
    written: set[Key] = field(default_factory=set)
    actions: int = 0
    size_bytes: int = 0

    def has_room(self, prepared: Prepared) -> bool:
        """Whether one transaction still takes it (TransactWriteItems: items and bytes)."""
        return (
            self.actions + len(prepared.actions) <= TRANSACT_ITEMS_MAX
            and self.size_bytes + prepared.size_bytes <= TRANSACT_BYTES_MAX
        )

    def add(self, prepared: Prepared) -> None:
        """Takes it in."""
        self.members.append(prepared)
        self.written |= prepared.written
        self.actions += len(prepared.actions)
        self.size_bytes += prepared.size_bytes


def grouped(batch: Iterable[Prepared]) -> tuple[list[Group], list[Prepared]]:
    """The groups to be committed in their order, and those that must run again alone after them.

    A handling that saw or writes what an earlier one of the batch writes is stale once that one is
    committed; and one transaction takes only one action on an item.
    """
    groups: list[Group] = []
    alone: list[Prepared] = []
    written: set[Key] = set()
    for prepared in batch:
        if prepared.sees(written):
            alone.append(prepared)
            continue
        if not groups or not groups[-1].has_room(prepared):
            groups.append(Group())
        groups[-1].add(prepared)
        written |= prepared.written
    return groups, alone
