"""Grouping of a batch's handlings that can be committed in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from trunkline.bounds import TRANSACT_BYTES_MAX, TRANSACT_ITEMS_MAX
from trunkline.items import Key
from trunkline.prepared import Prepared


@dataclass
class Group:
    """Handlings that do not read or write each other's written items."""

    members: list[Prepared] = field(default_factory=list)
    written: set[Key] = field(default_factory=set)
    actions: int = 0
    size_bytes: int = 0

    def has_room(self, prepared: Prepared) -> bool:
        """True if it still fits into one transaction (TransactWriteItems: items and bytes)."""
        return (
            self.actions + len(prepared.actions) <= TRANSACT_ITEMS_MAX
            and self.size_bytes + prepared.size_bytes <= TRANSACT_BYTES_MAX
        )

    def add(self, prepared: Prepared) -> None:
        """Adds a handling."""
        self.members.append(prepared)
        self.written |= prepared.written
        self.actions += len(prepared.actions)
        self.size_bytes += prepared.size_bytes


def grouped(batch: Iterable[Prepared]) -> tuple[list[Group], list[Prepared]]:
    """Returns groups to commit in order, and handlings that must rerun alone after them.

    A handling that reads or writes an item written by an earlier one of the batch is stale after
    that commit. Also, one transaction accepts only one action for an item.
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
