"""Order of the events of a subject on their way to the bus."""

from collections import Counter
from collections.abc import Iterable, Sequence

from trunkline.bounds import ORDER_LOOKS_MAX
from trunkline.errors import InvalidEventError
from trunkline.items import Item, Key
from trunkline.outbox import OutboxRow
from trunkline.table import Table


class Turns:
    """Finds the earlier rows of a subject that must be sent first.

    Each row has the key of its predecessor, and a row is deleted only after the bus accepted its
    event. So a row may be sent if its predecessor is gone, and its successor after it. Other rows
    of the partition and concurrent senders do not matter: an event may be sent twice, but for the
    first time only after every earlier event.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def taken(self, rows: Sequence[OutboxRow]) -> tuple[list[OutboxRow], list[OutboxRow]]:
        """Returns the rows to send, including their predecessors, and the rows that must wait.

        Predecessors are found by consistent reads. A subject waits for the sweep if ORDER_LOOKS_MAX
        reads do not find all predecessors, or if one is not a valid event. Raises AwsError, and
        Contention under throttling.
        """
        known = {row.key: row for row in rows if row.ordered}
        unclear: set[str] = set()
        missing = _missing(known, set())
        gone: set[Key] = set()
        for _ in range(ORDER_LOOKS_MAX):
            if not missing:
                break
            found = self._table.get_all(list(missing))
            gone |= missing.keys() - found.keys()
            for key, item in found.items():
                earlier = _read(item)
                if earlier is None:
                    unclear.add(missing[key])
                    gone.add(key)
                else:
                    known[key] = earlier
            missing = _missing(known, gone)
        unclear |= set(missing.values())
        in_order = sorted(known.values(), key=lambda row: row.key[1])
        ready = [row for row in rows if not row.ordered]
        ready += [row for row in in_order if row.subject not in unclear]
        asked = {row.key for row in rows}
        waiting = [row for row in in_order if row.subject in unclear and row.key in asked]
        return ready, waiting


def rounds(rows: Iterable[OutboxRow]) -> list[list[OutboxRow]]:
    """Returns lists of rows to send in order, each with at most one ordered row of a subject.

    The reason is that PutEvents may accept one of its events and refuse another.
    """
    cut: list[list[OutboxRow]] = []
    turn: Counter[str] = Counter()
    for row in rows:
        index = turn[row.subject] if row.ordered else 0
        if row.ordered:
            turn[row.subject] += 1
        if index == len(cut):
            cut.append([])
        cut[index].append(row)
    return cut


def _missing(known: dict[Key, OutboxRow], gone: set[Key]) -> dict[Key, str]:
    """Returns the unknown keys of predecessors, each with its subject."""
    return {
        row.after: row.subject
        for row in known.values()
        if row.after and row.after not in known and row.after not in gone
    }


def _read(item: Item) -> OutboxRow | None:
    try:
        return OutboxRow.from_item(item)
    except InvalidEventError:
        return None
