"""What becomes of an invocation's messages: handled, duplicate, given up, or left to retry."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from trunkline.aws import AwsError
from trunkline.bounds import STACK_FRAMES_MAX
from trunkline.cause import Cause
from trunkline.commit import Committed
from trunkline.dead_letters import DeadLetter, printable
from trunkline.deadline import Deadline, Pace
from trunkline.envelope import Envelope, object_of
from trunkline.errors import (
    InvalidEventError,
    OutOfTimeError,
    PermanentError,
    TrunklineError,
    UnderLeaseError,
    UnknownEventError,
)
from trunkline.groups import Group, grouped
from trunkline.message import Message
from trunkline.observability import about, traced
from trunkline.outbox import OutboxRow
from trunkline.prepared import Prepared
from trunkline.route import Route
from trunkline.runtime import Runtime

Routes = Mapping[tuple[str, str], Route]
"""Handlers by source and detail-type."""


@dataclass(eq=False)
class Handling:
    """One message that has a handler, on its way through an invocation."""

    message: Message
    route: Route
    envelope: Envelope
    started: datetime
    prepared: Prepared | None = None

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


class Delivery:
    """Takes the messages of one invocation.

    Afterwards `rows` are the outbox rows that the handlings left to be published, and `failed` the
    messages that must come again.
    """

    def __init__(self, runtime: Runtime, routes: Routes, deadline: Deadline) -> None:
        self.rows: list[OutboxRow] = []
        self.failed: list[Message] = []
        self._runtime = runtime
        self._routes = routes
        self._deadline = deadline
        self._pace = Pace(runtime.effects.monotonic_s)

    def take(self, messages: Sequence[Message], parallel: int = 1) -> None:
        """Handles the messages, up to `parallel` at once. Never raises for one message's failure.

        Those that come for the first time are committed together where they can be. Those that
        come again are handled one by one after them, in an order left to chance: if one of them
        ends the process, the others are not lost with it every time.
        """
        handlings = [one for message in messages if (one := self._opened(message))]
        again = [one for one in handlings if one.message.attempt > 1]
        self._together([one for one in handlings if one.message.attempt <= 1], parallel)
        self._runtime.effects.chance.shuffle(again)
        for handling in again:
            self._alone(handling)

    def _opened(self, message: Message) -> Handling | None:
        route = None
        try:
            event = object_of(message.body)
            # Looked up before the envelope is judged: a broken one may still say whose it is.
            route = self._routes.get((str(event.get("source")), str(event.get("detail-type"))))
            envelope = Envelope.parse(event)
        except InvalidEventError as error:
            broken, name = error, route.name if route else ""
            self._guarded(message, lambda: self._give_up(message, broken, name, ""))
            return None
        if route is None:
            unknown = UnknownEventError(envelope.source, envelope.detail_type)
            event_id = envelope.metadata.event_id
            with about(self._runtime.log, "", envelope):
                self._guarded(message, lambda: self._give_up(message, unknown, "", event_id))
            return None
        return Handling(message, route, envelope, self._runtime.effects.now())

    def _together(self, handlings: Sequence[Handling], parallel: int) -> None:
        """Runs all handlers, then commits what can be in one transaction, then the others alone."""
        if parallel > 1 and len(handlings) > 1:
            with ThreadPoolExecutor(parallel) as threads:
                list(threads.map(self._prepare, handlings))
        else:
            for handling in handlings:
                self._prepare(handling)
        ready = {one.prepared: one for one in handlings if one.prepared}
        groups, alone = grouped(ready)
        for group in groups:
            committed = self._commit_group(group)
            for prepared in group.members:
                if prepared in committed:
                    self._step(ready[prepared], partial(committed.get, prepared))
                else:
                    alone.append(prepared)
        for prepared in alone:
            self._alone(ready[prepared])

    def _prepare(self, handling: Handling) -> None:
        def run() -> None:
            work = handling.route.bind(handling.envelope)
            prepared = self._runtime.committer.prepare(handling.cause, work, self._deadline)
            handling.prepared = prepared

        self._step(handling, partial(self._timed, handling, run))

    def _alone(self, handling: Handling) -> None:
        def run() -> Committed:
            work = handling.route.bind(handling.envelope)
            return self._runtime.committer.commit(handling.cause, work, self._deadline)

        self._step(handling, partial(self._timed, handling, run))

    def _commit_group(self, group: Group) -> dict[Prepared, Committed]:
        with self._pace.measured():
            return self._runtime.committer.commit_group(group, self._deadline)

    def _step(self, handling: Handling, act: Callable[[], Committed | None]) -> None:
        with about(self._runtime.log, handling.route.name, handling.envelope):
            self._guarded(handling.message, lambda: self._advance(handling, act))

    def _advance(self, handling: Handling, act: Callable[[], Committed | None]) -> None:
        try:
            committed = act()
        except PermanentError as error:
            event_id = handling.envelope.metadata.event_id
            self._give_up(handling.message, error, handling.route.name, event_id)
            return
        if committed is not None:
            self._report(handling, committed)
            self.rows.extend(committed.rows)

    def _timed(self, handling: Handling, run: Callable[[], Committed | None]) -> Committed | None:
        """Runs the handler if it can end in time; raises OutOfTimeError if not."""
        if not self._deadline.allows(self._pace.longest_s):
            raise OutOfTimeError("the invocation has no time left: make its batches smaller")
        with (
            traced(self._runtime.tracer, handling.route.name, handling.envelope),
            self._pace.measured(),
        ):
            try:
                return run()
            except Exception:
                # Before any failure is reported the mark decides: an event that is marked was
                # committed, by this very call or by another delivery.
                if self._runtime.committer.mark(handling.cause) is None:
                    raise
                return Committed((), duplicate=True)

    def _guarded(self, message: Message, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the boundary: whatever failed is retried
            # Not log.exception: that would print the exception's message, see failure_fields.
            self._runtime.log.error(  # noqa: TRY400 - see above
                "event failed", **self._delivered(message), **failure_fields(error)
            )
            self._runtime.measures.failed()
            self.failed.append(message)
            if isinstance(error, UnderLeaseError):
                self._runtime.visibility.postpone(message.receipt_handle, error.left_s)

    def _report(self, handling: Handling, committed: Committed) -> None:
        delivered = self._delivered(handling.message)
        if committed.duplicate:
            self._runtime.log.info("duplicate event", **delivered)
            self._runtime.measures.duplicate()
            return
        now = self._runtime.effects.now()
        age_ms = milliseconds(datetime.fromisoformat(handling.envelope.metadata.occurred_at), now)
        self._runtime.log.info(
            "event handled",
            **delivered,
            emitted=emitted_fields(committed.rows),
            duration_ms=milliseconds(handling.started, now),
            age_ms=age_ms,
        )
        self._runtime.measures.handled(age_ms)

    def _give_up(self, message: Message, error: PermanentError, name: str, event_id: str) -> None:
        reason = printable(error.reason)
        letter = DeadLetter(message.body, reason, type(error).__name__, name, event_id)
        self._runtime.dead_letters.send(letter)
        self._runtime.log.error(
            "event dead-lettered",
            **self._delivered(message),
            reason=letter.reason,
            error_type=letter.error_type,
        )
        self._runtime.measures.dead_lettered()

    def _delivered(self, message: Message) -> dict[str, Any]:
        return {
            "rule": self._runtime.settings.rule,
            "queue": message.queue,
            "attempt": message.attempt,
        }


def failure_fields(error: Exception) -> dict[str, Any]:
    """What a log line says of an exception: its type and where it was raised.

    The message is kept only of this library's own errors, which promise to hold no event data;
    that of any other may quote what it failed on. Of AWS's refusals the code is kept.
    """
    said = str(error) if isinstance(error, TrunklineError | AwsError) else ""
    stack = traceback.extract_tb(error.__traceback__)[-STACK_FRAMES_MAX:]
    return {
        "error_type": type(error).__name__,
        "error": said,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in stack],
    }


def emitted_fields(rows: Sequence[OutboxRow]) -> list[dict[str, str]]:
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
