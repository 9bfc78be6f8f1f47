"""What happens to one message: handled, recognised as a duplicate, given up, or left to retry."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from trunkline.bounds import STACK_FRAMES_MAX
from trunkline.commit import Cause, Committed
from trunkline.dead_letters import DeadLetter, DeadLetters, printable
from trunkline.deadline import Deadline
from trunkline.envelope import Envelope, object_of
from trunkline.errors import (
    InvalidEventError,
    PermanentError,
    RetryableError,
    TrunklineError,
    UnknownEventError,
)
from trunkline.message import Message
from trunkline.observability import about, traced
from trunkline.outbox import OutboxRow
from trunkline.route import Route
from trunkline.runtime import Runtime

Rows = Sequence[OutboxRow]


@dataclass(frozen=True)
class Delivery:
    """Takes the messages of one invocation, one by one."""

    runtime: Runtime
    dead_letters: DeadLetters
    routes: Mapping[tuple[str, str], Route]
    deadline: Deadline

    def take(self, message: Message) -> Rows | None:
        """The outbox rows that handling the message left, or None: leave it in the queue.

        Never raises: one message's failure is its own.
        """
        route = None
        try:
            event = object_of(message.body)
            # Looked up before the envelope is judged: a broken one may still say whose it is.
            route = self.routes.get((str(event.get("source")), str(event.get("detail-type"))))
            envelope = Envelope.parse(event)
        except InvalidEventError as error:
            broken, name = error, route.name if route else ""
            return self._guarded(message, lambda: self._give_up(message, broken, name, ""))
        with about(self.runtime.log, route.name if route else "", envelope):
            return self._guarded(message, lambda: self._handle(message, route, envelope))

    def _guarded(self, message: Message, step: Callable[[], Rows]) -> Rows | None:
        try:
            return step()
        except Exception as error:  # noqa: BLE001  # the boundary: whatever failed is retried
            # Not log.exception: that would print the exception's message, see failure_fields.
            self.runtime.log.error(  # noqa: TRY400
                "event failed", **self._delivered(message), **failure_fields(error)
            )
            return None

    def _handle(self, message: Message, route: Route | None, envelope: Envelope) -> Rows:
        event_id = envelope.metadata.event_id
        try:
            if route is None:
                raise UnknownEventError(envelope.source, envelope.detail_type)
            if not self.deadline.allows(0):
                raise RetryableError("the invocation has no time left: make its batches smaller")
            with traced(self.runtime.tracer, route.name, envelope):
                return self._commit(message, route, envelope)
        except PermanentError as error:
            return self._give_up(message, error, route.name if route else "", event_id)

    def _commit(self, message: Message, route: Route, envelope: Envelope) -> Rows:
        metadata = envelope.metadata
        cause = Cause(
            handler=route.name,
            cause_id=metadata.event_id,
            correlation_id=metadata.correlation_id,
            traceparent=metadata.traceparent,
            event=envelope,
        )
        started = self.runtime.effects.now()
        try:
            committed = self.runtime.committer.commit(cause, route.bind(envelope), self.deadline)
        except Exception:
            # Before any failure is reported the mark decides: an event that is marked was
            # committed, by this very call or by another delivery.
            if not self.runtime.committer.is_marked(cause):
                raise
            committed = Committed((), duplicate=True)
        self._report(message, envelope, committed, started)
        return committed.rows

    def _report(
        self, message: Message, envelope: Envelope, committed: Committed, started: datetime
    ) -> None:
        if committed.duplicate:
            self.runtime.log.info("duplicate event", **self._delivered(message))
            return
        now = self.runtime.effects.now()
        occurred = datetime.fromisoformat(envelope.metadata.occurred_at)
        self.runtime.log.info(
            "event handled",
            **self._delivered(message),
            emitted=emitted_fields(committed.rows),
            duration_ms=milliseconds(started, now),
            age_ms=milliseconds(occurred, now),
        )

    def _give_up(
        self, message: Message, error: PermanentError, handler: str, event_id: str
    ) -> Rows:
        letter = DeadLetter(
            message.body, printable(error.reason), type(error).__name__, handler, event_id
        )
        self.dead_letters.send(letter)
        self.runtime.log.error(
            "event dead-lettered",
            **self._delivered(message),
            reason=letter.reason,
            error_type=letter.error_type,
        )
        return ()

    def _delivered(self, message: Message) -> dict[str, Any]:
        return {
            "rule": self.runtime.settings.rule,
            "queue": message.queue,
            "attempt": message.attempt,
        }


def failure_fields(error: Exception) -> dict[str, Any]:
    """What a log line says of an exception: its type and where it was raised.

    The message is kept only of this library's own errors, which promise to hold no event data;
    that of any other may quote what it failed on. Of AWS's refusals the code is kept.
    """
    said = str(error) if isinstance(error, TrunklineError) else ""
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        said = f"AWS answered {code} to {error.operation_name}"
    stack = traceback.extract_tb(error.__traceback__)[-STACK_FRAMES_MAX:]
    return {
        "error_type": type(error).__name__,
        "error": said,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in stack],
    }


def emitted_fields(rows: Rows) -> list[dict[str, str]]:
    """The committed events as a log line names them."""
    return [
        {
            "event_id": row.envelope.metadata.event_id,
            "source": row.envelope.source,
            "detail_type": row.envelope.detail_type,
        }
        for row in rows
    ]


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds from one moment to another."""
    return round((end - start).total_seconds() * 1_000)
