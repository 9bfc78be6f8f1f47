"""External calls that are made once, even if their event is delivered twice.

Each call has one item in a separate table. A worker takes a lease on the item before the call and
stores the result in it afterwards:

    absent ── claim ──▶ leased ── note ──▶ done: every delivery gets this result
                          │ ▲
          the call raised │ │ claim, once the lease has ended
                          ▼ │
                        absent

A lease ends with the invocation that holds it, so a worker that takes it over knows that the other
process is gone. `holder` identifies the claim that owns the lease: only that claim may release the
lease or store a result under it. The provider sees a key twice only if a process dies between the
provider's response and the note.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from trunkline.aws import AwsError, AwsRefusedError
from trunkline.bounds import (
    CALL_ANSWER_BYTES_MAX,
    CALL_NAME_CHARACTERS_MAX,
    CALL_NOTE_ATTEMPTS_MAX,
    CALL_TIME_S_MIN,
    LEASE_SLACK_S,
)
from trunkline.deadline import Deadline
from trunkline.effects import Effects, derived_id
from trunkline.errors import (
    ConfigurationError,
    OutOfTimeError,
    PermanentError,
    RetryableError,
    UnderLeaseError,
)
from trunkline.retention import expiry

_Answer = TypeVar("_Answer")

_CONDITION_FAILED = "ConditionalCheckFailedException"

_FREE = "attribute_not_exists(pk) OR lease_until < :now"
"""The call is not in progress. A finished item has no `lease_until`, so it stays unchanged. Its
expiry is not checked: an item that DynamoDB has not removed yet is still valid."""

_OURS = "attribute_not_exists(pk) OR holder = :holder"
"""No other claim took the lease over, or it was released."""


@dataclass(frozen=True)
class CallId:
    """Identity of one call of one handling: the same on every delivery of the event.

    Raises ValueError if a part is empty or the name is not a short, printable string.
    """

    service: str
    handler: str
    cause_id: str
    name: str

    def __post_init__(self) -> None:
        """Refuses parts that would give two calls one key, or no key."""
        if not (self.service and self.handler and self.cause_id):
            raise ValueError("a call needs a service, a handler and an event to have a key")
        if not self.name.isprintable() or not 0 < len(self.name) <= CALL_NAME_CHARACTERS_MAX:
            raise ValueError(
                "the name of a call is a printable string of at most "
                f"{CALL_NAME_CHARACTERS_MAX} characters: choose a word like 'charge'"
            )

    @property
    def key(self) -> str:
        """The idempotency key for the provider."""
        return derived_id(self.service, self.handler, self.cause_id, "call", self.name)


class Calls:
    """The external calls of handlers, each guarded separately.

    `mark_days` is the retention of a result: the same as the mark of its event.
    """

    def __init__(
        self, table_name: str, client: Callable[[], Any], effects: Effects, mark_days: int
    ) -> None:
        self._table_name = table_name
        self._client = client
        self._effects = effects
        self._mark_days = mark_days

    def once(
        self,
        call_id: CallId,
        call: Callable[[str], _Answer],
        deadline: Deadline,
        is_open: Callable[[], bool] = lambda: True,
    ) -> _Answer:
        """Makes the call, or returns its earlier result.

        The result always passes through JSON, so that it is the same on the first run and on later
        ones. `is_open` is called before the first attempt of a call: a handling that was committed
        without this call, on other reads, must not make it on a later delivery.

        Releases the lease and re-raises if the call raises. Raises UnderLeaseError while another
        delivery makes the call, OutOfTimeError before the call if the invocation is about to end,
        PermanentError after the call if its result cannot be stored as JSON, RetryableError after
        the call if storing it failed, ConfigurationError without a table, and AwsError.
        """
        if not self._table_name:
            raise ConfigurationError(
                f"{call_id.handler} makes the external call {call_id.name!r} without a table for "
                "it: set TRUNKLINE_CALLS_TABLE in the function's Environment in its template"
            )
        _check_time(call_id, deadline)
        lease = _Lease(call_id, self._effects.random_hex(32))
        known = self._claim(lease, deadline)
        if known is None:
            with ExitStack() as unless_answered:
                unless_answered.callback(self._release, lease, deadline)
                if not is_open():
                    raise RetryableError(
                        f"this duplicate was committed without the call {call_id.name!r}: "
                        "the call is not made"
                    )
                _check_time(call_id, deadline)  # again: the claim may have waited for DynamoDB
                known = _kept(call_id, call(call_id.key))
                unless_answered.pop_all()
            known = self._note(lease, known, deadline)
        answer: _Answer = json.loads(known)
        return answer

    def _claim(self, lease: "_Lease", deadline: Deadline) -> str | None:
        """Takes the lease and returns None, or returns the earlier result of the call."""
        now = self._effects.now()
        ends_ms = _milliseconds(now) + round((deadline.remaining_s() + LEASE_SLACK_S) * 1_000)
        item = {"lease_until": ends_ms, **expiry(now, self._mark_days)}
        try:
            self._client().put_item(
                TableName=self._table_name,
                Item={**lease.key, **lease.attributes, **_numbers(item)},
                ConditionExpression=_FREE,
                ExpressionAttributeValues=_numbers({":now": _milliseconds(now)}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AwsRefusedError as error:
            there = _there(error)
            # After a lost response the claim is retried and finds its own lease.
            if there["holder"] == lease.attributes["holder"]:
                return None
            return self._answer_in(there, lease)
        return None

    def _note(self, lease: "_Lease", answer: str, deadline: Deadline) -> str:
        """Stores the result and returns it; returns another one if that was stored first."""
        for attempt in range(CALL_NOTE_ATTEMPTS_MAX):
            try:
                self._client().update_item(**self._noting(lease, answer))
            except AwsError as error:
                if isinstance(error, AwsRefusedError) and error.code == _CONDITION_FAILED:
                    # The lease ended and another delivery took it over: its result counts for all.
                    return self._answer_in(_there(error), lease)
                pause_s = self._effects.backoff_s(attempt)
                if attempt == CALL_NOTE_ATTEMPTS_MAX - 1 or not deadline.allows(pause_s):
                    raise RetryableError(
                        f"the call {lease.call_id.name!r} was made, but its result could not be "
                        "stored: the next delivery makes it again, with the same key"
                    ) from error
                self._effects.sleep_s(pause_s)
            else:
                break
        return answer

    def _noting(self, lease: "_Lease", answer: str) -> dict[str, Any]:
        now = self._effects.now()
        noted = {
            **lease.attributes,
            "answer": {"S": answer},
            "answered_at": {"S": now.isoformat(timespec="milliseconds")},
            **_numbers(expiry(now, self._mark_days)),
        }
        # An expression cannot name an attribute that begins with an underscore.
        tokens = {name: name.lstrip("_") for name in noted}
        assignments = ", ".join(f"#{token} = :{token}" for token in tokens.values())
        return {
            "TableName": self._table_name,
            "Key": lease.key,
            "ConditionExpression": _OURS,
            "UpdateExpression": f"SET {assignments} REMOVE lease_until",
            "ExpressionAttributeNames": {f"#{token}": name for name, token in tokens.items()},
            "ExpressionAttributeValues": {f":{tokens[name]}": noted[name] for name in noted},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _release(self, lease: "_Lease", deadline: Deadline) -> None:
        """Lets the next delivery make the call at once, without waiting for the lease."""
        if not deadline.allows(0):
            return
        # An unreleased lease ends by itself; one that another claim took over is not ours.
        with suppress(AwsError):
            self._client().delete_item(
                TableName=self._table_name,
                Key=lease.key,
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":holder": lease.attributes["holder"]},
            )

    def _answer_in(self, there: dict[str, Any], lease: "_Lease") -> str:
        """Returns the result in another claim's item; raises UnderLeaseError for a lease."""
        if "answer" in there:
            return str(there["answer"]["S"])
        left_ms = int(there["lease_until"]["N"]) - _milliseconds(self._effects.now())
        # Without AWS's error as its cause: DynamoDB works as expected.
        raise UnderLeaseError(lease.call_id.name, max(0, left_ms) / 1_000) from None


@dataclass(frozen=True)
class _Lease:
    """One claim of one call."""

    call_id: CallId
    holder: str

    @property
    def key(self) -> dict[str, Any]:
        return {"pk": {"S": self.call_id.key}}

    @property
    def attributes(self) -> dict[str, Any]:
        """The holder, and the call in readable form for people who look into the table."""
        one = self.call_id
        of = f"{one.service}/{one.handler}/{one.cause_id}/{one.name}"
        return {"holder": {"S": self.holder}, "made_for": {"S": of}}


def _there(error: AwsRefusedError) -> dict[str, Any]:
    """Returns the item whose condition failed; raises the error if it has another cause."""
    if error.code != _CONDITION_FAILED:
        raise error
    item: dict[str, Any] = error.answer["Item"]
    return item


def _check_time(call_id: CallId, deadline: Deadline) -> None:
    if not deadline.allows(CALL_TIME_S_MIN):
        raise OutOfTimeError(
            f"the invocation is about to end, so the call {call_id.name!r} was not started: "
            "use smaller batches or a longer Timeout"
        )


def _kept(call_id: CallId, answer: object) -> str:
    """Returns the result as JSON."""
    was_made = f"the call {call_id.name!r} was made, but its result"
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        # Without the cause's message: it may quote the result.
        raise PermanentError(
            f"{was_made} is not JSON ({type(answer).__name__}): return strings, numbers, lists "
            "and dicts, then redrive while the provider still knows the key"
        ) from None
    if len(text) > CALL_ANSWER_BYTES_MAX:
        raise PermanentError(
            f"{was_made} has {len(text)} bytes, the limit is {CALL_ANSWER_BYTES_MAX}: return only "
            "what the handler needs, then redrive while the provider still knows the key"
        )
    return text


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)


def _numbers(values: dict[str, int]) -> dict[str, Any]:
    return {name: {"N": str(value)} for name, value in values.items()}
