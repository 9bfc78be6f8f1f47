"""State of one message with a handler during an invocation."""

from dataclasses import dataclass
from datetime import datetime

from trunkline.cause import Cause
from trunkline.commit import Committed, Work
from trunkline.envelope import Envelope
from trunkline.message import Message
from trunkline.prepared import Prepared
from trunkline.route import Route
from trunkline.unit_of_work import UnitOfWork


@dataclass(eq=False)
class Handling:
    """The message and its progress.

    `unit` belongs to the handler's first run, `prepared` is the result of that run. A failed run
    sets `failure`, or `committed` if the event was already handled.
    """

    message: Message
    route: Route
    envelope: Envelope
    started: datetime
    unit: UnitOfWork | None = None
    prepared: Prepared | None = None
    committed: Committed | None = None
    failure: Exception | None = None

    @property
    def work(self) -> Work:
        """Returns the handler bound to its event."""
        return self.route.bind(self.envelope)

    @property
    def cause(self) -> Cause:
        """The cause of its commit."""
        metadata = self.envelope.metadata
        return Cause(
            handler=self.route.name,
            cause_id=metadata.event_id,
            correlation_id=metadata.correlation_id,
            traceparent=metadata.traceparent,
            event=self.envelope,
            ordered=self.route.ordered,
        )
