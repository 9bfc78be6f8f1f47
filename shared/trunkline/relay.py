"""Publishing of outbox rows, and their deletion afterwards."""

from collections.abc import Sequence
from typing import Final

from aws_lambda_powertools import Logger

from trunkline.aws import AwsError
from trunkline.bounds import PUT_EVENTS_ENTRIES_MAX
from trunkline.bus import Bus, Fate, Outcome, Refusal
from trunkline.deadline import Deadline
from trunkline.items import Key
from trunkline.observability import fields_of
from trunkline.outbox import OutboxRow
from trunkline.table import Contention, Table
from trunkline.turns import Turns, rounds

_WAITS: Final = "EarlierEventWaits"
"""The error code of an event that waits for an earlier one."""


class Relay:
    """Publishes outbox rows and deletes those that the bus accepted."""

    def __init__(self, bus: Bus, table: Table, log: Logger) -> None:
        self._bus = bus
        self._table = table
        self._turns = Turns(table)
        self._log = log

    def send(self, rows: Sequence[OutboxRow], deadline: Deadline) -> Outcome:
        """Publishes the rows, preceded by earlier rows of their subjects, and deletes sent rows.

        A row that is not accepted or not deleted stays for the sweep. So an event may be sent twice
        with the same id, and its consumers handle it once.
        """
        outcome = Outcome()
        if any(row.ordered for row in rows):
            self._publish_in_turn(rows, outcome, deadline)
        elif rows:
            outcome = self._bus.publish(rows, deadline)
        self._report(outcome)
        self.delete([row.key for row, _ in outcome.accepted])
        return outcome

    def delete(self, keys: Sequence[Key]) -> None:
        """Deletes rows; the sweep handles a row that stays."""
        try:
            left = self._table.delete(keys)
        except AwsError as error:
            self._log.warning("outbox rows not deleted", error_code=error.code)
            return
        if left:
            self._log.warning("outbox rows not deleted", left=left)

    def _publish_in_turn(
        self, rows: Sequence[OutboxRow], outcome: Outcome, deadline: Deadline
    ) -> None:
        try:
            ready, waiting = self._turns.taken(rows)
        except (AwsError, Contention) as error:
            code = error.code if isinstance(error, AwsError) else "Contention"
            self._log.warning("order of events not known", error_code=code)
            ready = [row for row in rows if not row.ordered]
            waiting = [row for row in rows if row.ordered]
        held = {row.subject for row in waiting}
        for together in rounds(ready):
            free = [row for row in together if not row.ordered or row.subject not in held]
            waiting += [row for row in together if row.ordered and row.subject in held]
            sent = self._bus.publish(free, deadline)
            held |= {one.row.subject for one in sent.refused if one.row.ordered}
            outcome.accepted += sent.accepted
            outcome.refused += sent.refused
        outcome.refused += [Refusal(row, _WAITS, Fate.LATER) for row in waiting]

    def _report(self, outcome: Outcome) -> None:
        """Logs one line for as many events as fit a call, because lines are expensive."""
        accepted = outcome.accepted
        for start in range(0, len(accepted), PUT_EVENTS_ENTRIES_MAX):
            events = [
                {"eventbridge_id": eventbridge_id, **fields_of(row.envelope)}
                for row, eventbridge_id in accepted[start : start + PUT_EVENTS_ENTRIES_MAX]
            ]
            self._log.info("events published", events=events)
        for refusal in outcome.refused:
            fields = fields_of(refusal.row.envelope)
            self._log.error("event not published", error_code=refusal.code, **fields)
