"""One message that has a handler, on its way through an invocation."""

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
    """What is known of the message so far.

    `unit` is that of its handler's first run, `prepared` what this run wants to become true; a run
    that failed leaves its `failure`, or `committed` where the event turned out to be handled.
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
        """The handler with its event."""
        return self.route.bind(self.envelope)

    @property
    def cause(self) -> Cause:
        """What its commit follows from."""
        metadata = self.envelope.metadata
        return Cause(
            handler=self.route.name,
            cause_id=metadata.event_id,
            correlation_id=metadata.correlation_id,
            traceparent=metadata.traceparent,
            event=self.envelope,
            ordered=self.route.ordered,
        )
