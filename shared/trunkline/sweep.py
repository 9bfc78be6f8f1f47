"""How events get out that a crash left in the outbox: a scheduled function of every producer."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from aws_lambda_powertools import Logger

from trunkline.bounds import SWEEP_AGE_S, SWEEP_ROWS_MAX
from trunkline.bus import batches
from trunkline.deadline import Deadline, LambdaContext
from trunkline.effects import Effects
from trunkline.errors import InvalidEventError
from trunkline.items import Item
from trunkline.outbox import OutboxRow, partitions, sort_key_of
from trunkline.runtime import Runtime


class Sweep:
    """Publishes outbox rows older than SWEEP_AGE_S.

    Rows younger than that may be under way in the function that wrote them. A row sent by both is
    a duplicate with the same id, which every consumer takes once.
    """

    def __init__(self, effects: Effects | None = None) -> None:
        self._effects = effects
        self._opened: Runtime | None = None

    def handler(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, int]:
        """Lambda's entry point; answers how many events were published and how many are left.

        `left` counts the rows that this run saw and left: at least one where time or
        SWEEP_ROWS_MAX ended it. Invoked by hand with `{"older_than_s": 0}` it sends all rows.
        """
        if self._opened is None:
            self._opened = Runtime.open(consumes=False, effects=self._effects)
        runtime = self._opened
        deadline = Deadline.of(context)
        age = timedelta(seconds=float(event.get("older_than_s", SWEEP_AGE_S)))
        cutoff = sort_key_of(runtime.effects.now() - age)
        published = left = 0
        for partition in partitions():
            sent, kept = _sweep(runtime, partition, cutoff, deadline)
            published += sent
            left += kept
        runtime.log.info("outbox swept", published=published, left=left)
        return {"published": published, "left": left}


def _sweep(runtime: Runtime, partition: str, cutoff: str, deadline: Deadline) -> tuple[int, int]:
    """Sends one partition's rows; answers how many were published and how many are left."""
    unreadable: list[str] = []
    found = runtime.table.query(partition, before=cutoff, limit=SWEEP_ROWS_MAX + 1)
    rows = _rows(runtime.log, islice(found, SWEEP_ROWS_MAX), unreadable)
    published = left = 0
    for batch in batches(rows):
        in_time = deadline.allows(0)
        sent = runtime.relay.send(batch, deadline) if in_time else 0
        published += sent
        left += len(batch) - sent
        if not in_time:
            break
    else:
        left += sum(1 for _ in found)  # the one row more tells that this run did not take all
    return published, left + len(unreadable)


def _rows(log: Logger, items: Iterable[Item], unreadable: list[str]) -> Iterator[OutboxRow]:
    for item in items:
        try:
            yield OutboxRow.from_item(item)
        except InvalidEventError as error:
            # It stays for somebody to look at, and must not hold up the rows behind it.
            sk = str(item["sk"])
            unreadable.append(sk)
            # Not log.exception, see failure_fields.
            log.error("outbox row unreadable", pk=item["pk"], sk=sk, error=error.reason)  # noqa: TRY400
