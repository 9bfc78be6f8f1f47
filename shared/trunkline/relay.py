"""How an event gets from its outbox row to the bus, and what is left when it does not."""

from collections.abc import Sequence

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from trunkline.bus import Bus
from trunkline.deadline import Deadline
from trunkline.observability import fields_of
from trunkline.outbox import OutboxRow
from trunkline.table import Table


class Relay:
    """Publishes outbox rows and deletes those that the bus accepted."""

    def __init__(self, bus: Bus, table: Table, log: Logger) -> None:
        self._bus = bus
        self._table = table
        self._log = log

    def send(self, rows: Sequence[OutboxRow], deadline: Deadline) -> int:
        """Publishes the rows and answers how many the bus accepted.

        What is not accepted, or not deleted afterwards, stays in the table for the sweep: an event
        may so be sent twice, with the same id, and its consumers take it once.
        """
        answers = self._bus.publish(rows, deadline) if rows else []
        sent = [answer for answer in answers if not answer.error_code]
        for answer in answers:
            fields = fields_of(answer.row.envelope)
            if answer.error_code:
                self._log.error("event not published", error_code=answer.error_code, **fields)
            else:
                self._log.info("event published", eventbridge_id=answer.bus_event_id, **fields)
        self._delete([answer.row for answer in sent])
        return len(sent)

    def _delete(self, rows: Sequence[OutboxRow]) -> None:
        try:
            left = self._table.delete([row.key for row in rows])
        except (ClientError, BotoCoreError) as error:
            # The events are out; a row that stays only means that the sweep sends them again.
            self._log.warning("outbox rows not deleted", error_type=type(error).__name__)
            return
        if left:
            self._log.warning("outbox rows not deleted", left=left)
