"""Which events of a subject must go to the bus before others, where its order is kept."""

from collections import Counter
from collections.abc import Iterable, Sequence

from trunkline.bounds import ORDER_LOOKS_MAX
from trunkline.errors import InvalidEventError
from trunkline.items import Item, Key
from trunkline.outbox import OutboxRow
from trunkline.table import Table


class Turns:
    """Finds the rows that wait before others of their subject.

    Each row names the one before it, and a row goes only once the bus has taken its event: a row
    whose predecessor is gone may be sent, and so may its own successor after it. Whatever else lies
    in the partition does not matter, and neither does who sends at the same time: an event may be
    sent twice, but its first time is after the first time of every earlier one.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def taken(self, rows: Sequence[OutboxRow]) -> tuple[list[OutboxRow], list[OutboxRow]]:
        """The rows that may be sent, with those that must go before them; and those that must wait.

        What lies before a row is found by consistent reads. A subject waits when more lies before
        it than ORDER_LOOKS_MAX looks find, or something that is no event: the sweep sees to both.
        Raises AwsError, and Contention under throttling.
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
    """The rows in lists to be sent one after the other: no two ordered ones of a subject in one.

    A call of PutEvents may take one of its events and refuse another.
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
    """The keys that rows come after and of which nothing is known, each with its subject."""
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
