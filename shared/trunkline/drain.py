"""One run of the sweep over the outbox: events are sent, left or dead-lettered."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from trunkline.aws import AwsError
from trunkline.bounds import SWEEP_CHUNK_ROWS_MAX, SWEEP_REFUSED_CHUNKS_MAX, SWEEP_ROWS_MAX
from trunkline.bus import Fate, Refusal
from trunkline.dead_letters import DeadLetter, letter_of_item, letter_of_row
from trunkline.deadline import Deadline
from trunkline.errors import InvalidEventError
from trunkline.items import Item, Key
from trunkline.observability import fields_of
from trunkline.outbox import OutboxRow
from trunkline.runtime import Runtime
from trunkline.turns import rounds


class Partition:
    """The remaining rows of one partition, oldest first."""

    def __init__(self, key: str, items: Iterator[Item]) -> None:
        self.key = key
        self.refused_chunks = 0
        self._items = items

    def chunk(self) -> list[Item]:
        """Returns the next rows; empty at the end."""
        return list(islice(self._items, SWEEP_CHUNK_ROWS_MAX))


class Drain:
    """One run, with counts of the events published, left and dead-lettered."""

    def __init__(self, runtime: Runtime, deadline: Deadline) -> None:
        self.published = 0
        self.left = 0
        self.given_up = 0
        self._runtime = runtime
        self._deadline = deadline
        self._held: set[str] = set()
        self._bus_takes = True

    def run(self, keys: Iterable[str], cutoff: str) -> list[str]:
        """Sends the rows older than the cutoff, a chunk of each partition in turn.

        Returns the partitions that had rows.
        """
        query = self._runtime.table.query
        partitions = [
            Partition(key, query(key, before=cutoff, limit=SWEEP_ROWS_MAX)) for key in keys
        ]
        crowded: dict[str, None] = {}
        while partitions and self._deadline.allows(0):
            partition = partitions.pop(0)
            chunk = partition.chunk()
            if not chunk:
                continue
            crowded[partition.key] = None
            self._take(partition, chunk)
            if partition.refused_chunks <= SWEEP_REFUSED_CHUNKS_MAX:
                partitions.append(partition)
        for partition in partitions:
            if rest := partition.chunk():
                crowded[partition.key] = None
                self.left += len(rest)
        return list(crowded)

    def _take(self, partition: Partition, chunk: list[Item]) -> None:
        done = self.published + self.given_up
        free = [row for row in self._readable(chunk) if not self._is_held(row)]
        if free and not self._bus_takes:
            # After a chunk that the bus refused, one event is tried, so that a run does not try
            # and report all of them while the bus is down. The event is random, so that one that is
            # refused for longer does not block the same events in every run. Ordered events that
            # wait for earlier ones are excluded.
            asked = self._runtime.effects.chance.choice(rounds(free)[0])
            self._bus_takes = self._send([asked])
            free.remove(asked)
        if free and self._bus_takes:
            self._bus_takes = self._send(free)
        else:
            self.left += len(free)
        moved = self.published + self.given_up > done
        partition.refused_chunks = 0 if moved else partition.refused_chunks + 1

    def _is_held(self, row: OutboxRow) -> bool:
        """True if an earlier event of the same subject was refused in this run."""
        held = row.ordered and row.subject in self._held
        self.left += held
        return held

    def _readable(self, chunk: Iterable[Item]) -> Iterator[OutboxRow]:
        for item in chunk:
            try:
                yield OutboxRow.from_item(item)
            except InvalidEventError as error:
                key = str(item["pk"]), str(item["sk"])
                self._gives_up(letter_of_item(item, error), key, {"pk": key[0], "sk": key[1]})

    def _send(self, rows: list[OutboxRow]) -> bool:
        """Sends the rows; returns True if the bus accepted any, or any was dead-lettered."""
        sent = self._runtime.relay.send(rows, self._deadline)
        self.published += len(sent.accepted)
        gone = [self._is_gone(refusal) for refusal in sent.refused]
        return bool(sent.accepted) or any(gone)

    def _is_gone(self, refusal: Refusal) -> bool:
        """Dead-letters an event that the bus refuses permanently; leaves any other."""
        row = refusal.row
        if refusal.fate is Fate.NEVER:
            letter = letter_of_row(row, refusal.code)
            if self._gives_up(letter, row.key, fields_of(row.envelope)):
                return True
        else:
            self.left += 1
        if row.ordered:
            self._held.add(row.subject)
        return False

    def _gives_up(self, letter: DeadLetter, key: Key, fields: dict[str, Any]) -> bool:
        """Sends the event to the dead-letter queue, at least once, then deletes its row."""
        runtime = self._runtime
        try:
            runtime.dead_letters.send(letter)
        except AwsError as error:
            runtime.log.error("event not given up", error_code=error.code, **fields)  # noqa: TRY400 - the code says it
            self.left += 1
            return False
        runtime.log.error(
            "event given up", reason=letter.reason, error_type=letter.error_type, **fields
        )
        runtime.measures.dead_lettered()
        runtime.relay.delete([key])
        self.given_up += 1
        return True
