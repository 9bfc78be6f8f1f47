"""Processing of an invocation's messages: handled, duplicate, dead-lettered or left to retry."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from trunkline.bounds import SUSPECT_S, TOGETHER_MAX
from trunkline.commit import Committed
from trunkline.dead_letters import DeadLetter, printable
from trunkline.deadline import Deadline, Pace
from trunkline.emitted import Emitted
from trunkline.envelope import Envelope, object_of
from trunkline.errors import (
    InvalidEventError,
    OutOfTimeError,
    PermanentError,
    UnderLeaseError,
    UnknownEventError,
)
from trunkline.groups import Group, grouped
from trunkline.handling import Handling
from trunkline.items import Key
from trunkline.lanes import lanes
from trunkline.log_fields import emitted_fields, failure_fields, milliseconds
from trunkline.message import Message
from trunkline.observability import about, traced
from trunkline.outbox import OutboxRow
from trunkline.prepared import Prepared
from trunkline.repair import repaired
from trunkline.route import Route
from trunkline.runtime import Runtime
from trunkline.trace_context import own_traceparent, xray_header_of
from trunkline.unit_of_work import UnitOfWork

Routes = Mapping[tuple[str, str], Route]
"""Handlers by source and detail-type."""


class Delivery:
    """Processes the messages of one invocation.

    Afterwards `rows` are the outbox rows to publish, and `failed` the messages to redeliver,
    without those that are held back behind them.
    """

    def __init__(self, runtime: Runtime, routes: Routes, deadline: Deadline) -> None:
        self.rows: list[OutboxRow] = []
        self.failed: list[Message] = []
        self._runtime = runtime
        self._routes = routes
        self._deadline = deadline
        self._pace = Pace(runtime.effects.monotonic_s)

    def take(self, messages: Sequence[Message], parallel: int = 1) -> None:
        """Handles the messages, up to `parallel` at once. Never raises if a message fails.

        New messages are committed together if possible, then redelivered messages are handled one
        by one. The order of a message group is kept: its next message starts when the one before it
        is done, and not at all if that failed.
        """
        fresh: list[list[Message]] = []
        again: list[list[Message]] = []
        for lane in lanes(messages):
            (again if any(message.attempt > 1 for message in lane) else fresh).append(lane)
        while fresh:
            self._begin([lane[0] for lane in fresh], parallel)
            fresh = [lane[1:] for lane in fresh if not self._is_over(lane)]
        self._runtime.effects.chance.shuffle(again)
        for lane in again:
            left = lane
            while left:
                self._again(left[0], is_apart=len(messages) == 1)
                left = [] if self._is_over(left) else left[1:]

    def _begin(self, messages: Sequence[Message], parallel: int) -> None:
        """Handles new messages, at most one of each message group."""
        handlings = [handling for message in messages if (handling := self._opened(message))]
        firsts, twins = _told_apart(handlings)
        for start in range(0, len(firsts), TOGETHER_MAX):
            self._together(firsts[start : start + TOGETHER_MAX], parallel)
        for handling in twins:
            self._alone(handling)

    def _is_over(self, lane: Sequence[Message]) -> bool:
        """True if no message of the lane may start after its first one."""
        if len(lane) == 1:
            return True
        if lane[0] not in self.failed:
            return False
        self._runtime.log.warning(
            "events held back", **self._delivered(lane[1]), count=len(lane) - 1
        )
        return True

    def _opened(self, message: Message) -> Handling | None:
        route = None
        try:
            event = object_of(message.body)
            # Before the envelope is validated: an invalid one may still identify its handler.
            route = self._routes.get((str(event.get("source")), str(event.get("detail-type"))))
            envelope = self._envelope(event, message)
        except InvalidEventError as error:
            broken, name = error, route.name if route else ""
            self._guarded(message, lambda: self._give_up(message, broken, name, None))
            return None
        if route is None:
            unknown = UnknownEventError(envelope.source, envelope.detail_type)
            with about(self._runtime.log, "", envelope):
                self._guarded(message, lambda: self._give_up(message, unknown, "", envelope))
            return None
        return Handling(message, route, envelope, self._runtime.effects.now())

    def _envelope(self, event: dict[str, Any], message: Message) -> Envelope:
        """Returns the event with its descriptive metadata repaired; raises InvalidEventError."""
        try:
            return Envelope.parse(event)
        except InvalidEventError:
            effects = self._runtime.effects
            valid, fields = repaired(event, effects.now(), partial(own_traceparent, effects))
            envelope = Envelope.parse(valid)
        with about(self._runtime.log, "", envelope):
            self._runtime.log.warning(
                "event metadata repaired", **self._delivered(message), fields=fields
            )
        return envelope

    def _again(self, message: Message, *, is_apart: bool) -> None:
        """Handles a message that may have ended its process earlier.

        A process that ends acknowledges nothing. So this message gets a longer visibility timeout
        than the others of its batch before it starts, and finished messages are deleted at once. If
        it ends the process again, the others neither return with it nor wait for it.
        """
        handling = self._opened(message)
        if handling:
            if not is_apart:
                self._postpone(message, SUSPECT_S)
            self._alone(handling)
        if message not in self.failed:
            self._runtime.queue.forget(message.receipt_handle)

    def _postpone(self, message: Message, seconds: float) -> None:
        # Not in a message group: the next message could be received before it.
        if message.group is None:
            self._runtime.queue.postpone(message.receipt_handle, seconds)

    def _together(self, handlings: Sequence[Handling], parallel: int) -> None:
        """Runs all handlers, commits in one transaction where possible, then the others alone."""
        self._prepare_all(handlings, parallel)
        ready = {one.prepared: one for one in handlings if one.prepared}
        groups, alone = grouped(ready)
        written = {key for prepared in ready for key in prepared.written}
        for group in groups:
            committed = self._commit_group(group)
            for prepared in group.members:
                if prepared in committed:
                    self._step(ready[prepared], partial(committed.get, prepared))
                else:
                    alone.append(prepared)
        for prepared in alone:
            self._alone(ready[prepared])
        for handling in handlings:
            if handling.prepared is None:
                self._settle(handling, written)

    def _prepare_all(self, handlings: Sequence[Handling], parallel: int) -> None:
        if parallel > 1 and len(handlings) > 1:
            with ThreadPoolExecutor(parallel) as threads:
                list(threads.map(self._prepare, handlings))
        else:
            for handling in handlings:
                self._prepare(handling)

    def _prepare(self, handling: Handling) -> None:
        def work(unit: UnitOfWork) -> Emitted:
            handling.unit = unit
            return handling.work(unit)

        def run() -> None:
            cause = handling.cause
            prepared = self._runtime.committer.prepare(cause, work, self._deadline)
            handling.prepared = prepared

        with about(self._runtime.log, handling.route.name, handling.envelope):
            try:
                handling.committed = self._timed(handling, run)
            except Exception as error:  # noqa: BLE001 - kept until all have run
                handling.failure = error

    def _settle(self, handling: Handling, written: set[Key]) -> None:
        """Reports the outcome of a handling that was not committed in the group."""
        if handling.failure and handling.unit and handling.unit.sees(written):
            # It failed on an item that another message of the batch was about to change.
            self._alone(handling)
            return

        def said() -> Committed | None:
            if handling.failure:
                raise handling.failure
            return handling.committed

        self._step(handling, said)

    def _alone(self, handling: Handling) -> None:
        def run() -> Committed:
            committer = self._runtime.committer
            return committer.commit(handling.cause, handling.work, self._deadline)

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
            self._give_up(handling.message, error, handling.route.name, handling.envelope)
            return
        if committed is not None:
            self._report(handling, committed)
            self.rows.extend(committed.rows)

    def _timed(self, handling: Handling, run: Callable[[], Committed | None]) -> Committed | None:
        """Runs the handler; raises OutOfTimeError if it could not end in time."""
        if not self._deadline.allows(self._pace.longest_s):
            raise OutOfTimeError("the invocation has no time left: use smaller batches")
        with (
            traced(self._runtime.tracer, handling.route.name, handling.envelope),
            self._pace.measured(),
        ):
            try:
                return run()
            except Exception:  # raised again, unless the event is committed
                # The mark is read before any failure is reported: an event with a mark was
                # committed, by this call or by another delivery.
                if self._runtime.committer.mark(handling.cause) is None:
                    raise
                return Committed((), duplicate=True)

    def _guarded(self, message: Message, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the boundary: every failure is retried
            # Not log.exception, which prints the exception's message, see failure_fields.
            self._runtime.log.error(  # noqa: TRY400 - see above
                "event failed", **self._delivered(message), **failure_fields(error)
            )
            self._runtime.measures.failed()
            self.failed.append(message)
            if isinstance(error, UnderLeaseError):
                self._postpone(message, error.left_s)

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

    def _give_up(
        self, message: Message, error: PermanentError, name: str, envelope: Envelope | None
    ) -> None:
        metadata = envelope.metadata if envelope else None
        letter = DeadLetter(
            body=message.body,
            reason=printable(error.reason),
            error_type=type(error).__name__,
            handler=name,
            event_id=metadata.event_id if metadata else "",
            trace_header=xray_header_of(metadata.traceparent) if metadata else "",
            group=message.group,
            message_id=message.message_id,
        )
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


def _told_apart(handlings: Sequence[Handling]) -> tuple[list[Handling], list[Handling]]:
    """Returns the first handling of each event, and duplicates within the batch."""
    firsts = {one.cause.mark_key: one for one in reversed(handlings)}
    twins = [one for one in handlings if firsts[one.cause.mark_key] is not one]
    return [one for one in handlings if firsts[one.cause.mark_key] is one], twins
