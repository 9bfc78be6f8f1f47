"""A scheduled function that publishes events left in the outbox by a crash or an outage."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from trunkline.bounds import SWEEP_AGE_S, SWEEP_END_S
from trunkline.deadline import Deadline, LambdaContext
from trunkline.drain import Drain
from trunkline.effects import Effects
from trunkline.errors import ConfigurationError
from trunkline.outbox import moment_of, partitions, sort_key_of
from trunkline.runtime import Runtime


class Sweep:
    """Publishes outbox rows older than SWEEP_AGE_S, while its time allows.

    The function that wrote a younger row may still be sending it. A row sent by both is a duplicate
    with the same id, which every consumer handles once. A row that can never be sent goes to the
    service's dead-letter queue with its event and the reason.
    """

    def __init__(self, effects: Effects | None = None) -> None:
        self._effects = effects
        self._opened: Runtime | None = None

    def handler(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Returns counts of events published, left and dead-lettered: Lambda's entry point.

        `left` counts the rows that this run read and left: at least one for each partition that it
        did not finish in time. Invoke it with `{"older_than_s": 0}` to send all rows. Raises
        ConfigurationError before any row is read.
        """
        runtime = self._runtime
        runtime.log.append_keys(
            function_name=context.function_name, function_request_id=context.aws_request_id
        )
        age = timedelta(seconds=float(event.get("older_than_s", SWEEP_AGE_S)))
        cutoff = sort_key_of(runtime.effects.now() - age)
        # Reserves time for the report, even if the last call gets no response.
        whole = Deadline.of(context)
        drain = Drain(runtime, Deadline(lambda: whole.remaining_s() - SWEEP_END_S))
        try:
            return self._swept(drain, cutoff)
        finally:
            runtime.measures.flush()

    def _swept(self, drain: Drain, cutoff: str) -> dict[str, Any]:
        runtime = self._runtime
        crowded = drain.run(partitions(), cutoff)
        swept: dict[str, Any] = {
            "published": drain.published,
            "left": drain.left,
            "given_up": drain.given_up,
        }
        oldest_s = self._oldest_s(crowded)
        runtime.log.info("outbox swept", **swept, oldest_s=oldest_s)
        runtime.measures.oldest_row(oldest_s)
        return swept

    def _oldest_s(self, crowded: list[str]) -> float:
        """Returns the age of the oldest row in these partitions, 0 if they are empty."""
        runtime = self._runtime
        rows = [row for one in crowded for row in runtime.table.query(one, limit=1)]
        moments = [moment for row in rows if (moment := moment_of(str(row["sk"])))]
        now = runtime.effects.now()
        return max((round((now - moment).total_seconds(), 3) for moment in moments), default=0.0)

    @property
    def _runtime(self) -> Runtime:
        # Opened by the first invocation, see Consumer.
        if self._opened is None:
            runtime = Runtime.open(effects=self._effects)
            if not runtime.settings.dlq_url:
                raise ConfigurationError(
                    "TRUNKLINE_DLQ_URL is not set: a sweep needs a queue for events that can never "
                    "be sent; set it in the function's Environment in its template"
                )
            self._opened = runtime
        return self._opened


handler = Sweep().handler
"""The function of `shared/stacks/outbox.yaml`: `trunkline.sweep.handler`."""
