"""Commits mark, writes and outbox rows of a handler in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from aws_lambda_powertools import Tracer

from trunkline.aws import AwsError
from trunkline.bounds import COMMIT_ATTEMPTS_MAX, HANDLER_RERUNS_MAX
from trunkline.calls import Calls
from trunkline.cause import Cause
from trunkline.deadline import Deadline, Pace
from trunkline.effects import Effects
from trunkline.emitted import Emitted
from trunkline.errors import CommitError, ConflictError, PermanentError
from trunkline.groups import Group
from trunkline.items import Item
from trunkline.observability import commit_segment
from trunkline.outbox import OutboxRow
from trunkline.prepared import Action, Prepared
from trunkline.settings import Settings
from trunkline.table import ConditionsFailed, Contention, Table
from trunkline.unit_of_work import Identity, Once, UnitOfWork

Work: TypeAlias = Callable[[UnitOfWork], Emitted]
"""A handler with its event already bound."""


@dataclass(frozen=True)
class Committed:
    """A finished handling, now or on an earlier delivery (`duplicate`).

    `rows` are the outbox rows that this commit left to publish.
    """

    rows: tuple[OutboxRow, ...]
    duplicate: bool = False


class Committer:
    """Runs handlers and commits their writes and returned events."""

    def __init__(
        self, settings: Settings, table: Table, calls: Calls, effects: Effects, tracer: Tracer
    ) -> None:
        self._settings = settings
        self._table = table
        self._calls = calls
        self._effects = effects
        self._tracer = tracer

    def prepare(self, cause: Cause, work: Work, deadline: Deadline) -> Prepared:
        """Runs the handler once without a commit.

        Raises what the handler raises, PermanentError if its writes or events could never be
        committed or sent, and the error of a guarded call even if the handler caught it.
        """
        identity = Identity(self._settings.service, cause.handler, cause.cause_id)
        unit = UnitOfWork(
            self._table, identity, self._effects.now(), cause.event, self._once(cause, deadline)
        )
        emitted = work(unit)
        if unit.unfinished is not None:
            raise unit.unfinished
        return Prepared.of(cause, unit, emitted, self._settings)

    def commit(self, cause: Cause, work: Work, deadline: Deadline) -> Committed:
        """Runs the handler and commits; reruns it on fresh reads if items have changed.

        Raises what `prepare` raises, ConflictError after HANDLER_RERUNS_MAX reruns, CommitError
        under lasting contention, and PermanentError if a run did not repeat an external call of the
        run before: the effect of that call would be lost.
        """
        pace = Pace(self._effects.monotonic_s)
        called: set[str] = set()
        for run in range(1 + HANDLER_RERUNS_MAX):
            with pace.measured():
                prepared = self.prepare(cause, work, deadline)
            if dropped := called - prepared.unit.called:
                raise PermanentError(
                    f"{cause.handler} made the calls {sorted(dropped)} and skipped them in a rerun "
                    "on changed items: undo them, and let calls depend on the event only"
                )
            called |= prepared.unit.called
            try:
                self._transact(prepared.actions, deadline)
            except ConditionsFailed as failed:
                if prepared.is_duplicate(failed.indexes):
                    return Committed((), duplicate=True)
                if run == HANDLER_RERUNS_MAX or not self._pauses(run, deadline, pace.longest_s):
                    break
            else:
                return Committed(prepared.rows)
        raise ConflictError(
            f"items that {cause.handler} read were changed by others in each of its up to "
            f"{1 + HANDLER_RERUNS_MAX} runs: the event stays in its queue"
        )

    def commit_group(self, group: Group, deadline: Deadline) -> dict[Prepared, Committed]:
        """Commits the group in one transaction.

        A member that is missing from the result must run alone: an item that it read has changed,
        or the whole transaction failed. If one member fails, the others are retried without it.
        """
        done: dict[Prepared, Committed] = {}
        members = group.members
        while members:
            try:
                self._transact([one for member in members for one in member.actions], deadline)
            except ConditionsFailed as failed:
                hit = _hit(members, failed.indexes)
                for member, indexes in hit.items():
                    if member.is_duplicate(indexes):
                        done[member] = Committed((), duplicate=True)
                if not hit:
                    return done
                members = [member for member in members if member not in hit]
            except (CommitError, PermanentError, AwsError):
                # Each member meets the same error again alone, where it is reported.
                return done
            else:
                return done | {member: Committed(member.rows) for member in members}
        return done

    def mark(self, cause: Cause) -> Item | None:
        """Returns the mark of an earlier delivery, by a consistent read; None if it is missing."""
        return self._table.get(cause.mark_key) if cause.comes_again else None

    def _once(self, cause: Cause, deadline: Deadline) -> Once | None:
        if not cause.comes_again:
            # Without an identity, a repetition cannot be recognised: no mark, no guarded calls.
            return None
        return partial(
            self._calls.once, deadline=deadline, is_open=lambda: self.mark(cause) is None
        )

    def _transact(self, actions: Sequence[Action], deadline: Deadline) -> None:
        if not actions:
            return
        for attempt in range(COMMIT_ATTEMPTS_MAX):
            try:
                with commit_segment(self._tracer):
                    self._table.transact(actions)
            except Contention as error:
                if attempt == COMMIT_ATTEMPTS_MAX - 1 or not self._pauses(attempt, deadline):
                    raise CommitError(
                        f"{attempt + 1} attempts met contention or throttling of the table: "
                        "the event stays in its queue"
                    ) from error
            else:
                return

    def _pauses(self, attempt: int, deadline: Deadline, needed_s: float = 0.0) -> bool:
        """Pauses before the next attempt; returns False at once if the time does not suffice."""
        pause_s = self._effects.backoff_s(attempt)
        if not deadline.allows(pause_s + needed_s):
            return False
        self._effects.sleep_s(pause_s)
        return True


def _hit(members: Sequence[Prepared], failed: Sequence[int]) -> dict[Prepared, list[int]]:
    """Returns the members whose conditions failed, with indexes into their own actions."""
    hit = {}
    first = 0
    for member in members:
        own = [index - first for index in failed if 0 <= index - first < len(member.actions)]
        if own:
            hit[member] = own
        first += len(member.actions)
    return hit
