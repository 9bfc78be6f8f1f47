"""How events get out that a crash left in the outbox: a scheduled function of every producer."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from trunkline.bounds import SWEEP_AGE_S, SWEEP_ROWS_MAX
from trunkline.deadline import Deadline, LambdaContext
from trunkline.effects import Effects
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

        Invoked by hand with `{"older_than_s": 0}` it sends everything at once.
        """
        if self._opened is None:
            self._opened = Runtime.open(consumes=False, effects=self._effects)
        runtime = self._opened
        deadline = Deadline.of(context)
        age = timedelta(seconds=float(event.get("older_than_s", SWEEP_AGE_S)))
        cutoff = sort_key_of(runtime.effects.now() - age)
        published = left = 0
        for partition in partitions():
            if not deadline.allows(0):
                break
            found = runtime.table.query(partition, before=cutoff, limit=SWEEP_ROWS_MAX)
            rows = [OutboxRow.from_item(item) for item in found]
            sent = runtime.relay.send(rows, deadline)
            published += sent
            left += len(rows) - sent
        runtime.log.info("outbox swept", published=published, left=left)
        return {"published": published, "left": left}
