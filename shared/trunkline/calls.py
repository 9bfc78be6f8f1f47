"""How a call to the outside world is made once, although its event may be delivered twice.

Each call has one item in a table of its own. Whoever makes the call takes a lease on the item
first and notes the answer in it afterwards:

    absent ── claim ──▶ leased ── note ──▶ done: its answer is everybody's from now on
                          │ ▲
          the call raised │ │ claim, once the lease has ended
                          ▼ │
                        absent

A lease ends with the invocation that holds it, so that whoever takes it over knows that the other
process is gone. `holder` names the one claim that a lease belongs to: only it may release the lease
or note an answer under it. A process that died between the provider's answer and the note is the
one case in which the provider sees a key twice.
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
"""Nobody makes the call: an item that is done has no `lease_until`, and so stays as it is. That it
may have expired is not asked: what DynamoDB has not removed yet still holds."""

_OURS = "attribute_not_exists(pk) OR holder = :holder"
"""Nobody took the lease over, or who did has released it."""


@dataclass(frozen=True)
class CallId:
    """Which call of which handling: the same on every delivery of the event.

    Raises ValueError where a part is empty or the name is no short, printable text.
    """

    service: str
    handler: str
    cause_id: str
    name: str

    def __post_init__(self) -> None:
        """Refuses what would give two calls one key, or none."""
        if not (self.service and self.handler and self.cause_id):
            raise ValueError("a call needs a service, a handler and an event: else it has no key")
        if not self.name.isprintable() or not 0 < len(self.name) <= CALL_NAME_CHARACTERS_MAX:
            raise ValueError(
                "a call's name is printable text of at most "
                f"{CALL_NAME_CHARACTERS_MAX} characters: choose a word like 'charge'"
            )

    @property
    def key(self) -> str:
        """The idempotency key that the provider is given."""
        return derived_id(self.service, self.handler, self.cause_id, "call", self.name)


class Calls:
    """The external calls of handlers, each guarded by itself.

    `mark_days` says how long an answer is remembered: as long as the mark of its event.
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
        """Makes the call, or answers what it answered before.

        The answer always comes through JSON, so that it is the same on the first run and on later
        ones. Raises what the call raises, having released the lease; UnderLeaseError while another
        delivery makes the call; OutOfTimeError before the call if the invocation is about to end;
        PermanentError after the call if its answer cannot be kept; RetryableError after the call if
        its answer could not be noted; ConfigurationError without a table; AwsError.

        `is_open` is asked before a call is made for the first time: a handling that was committed
        without this call, on other reads, must not make it on a later delivery.
        """
        if not self._table_name:
            raise ConfigurationError(
                f"{call_id.handler} makes the external call {call_id.name!r} and has no table for "
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
                        f"the handling was committed without the call {call_id.name!r}: it is a "
                        "duplicate and makes none"
                    )
                _check_time(call_id, deadline)  # again: the claim may have waited for DynamoDB
                known = _kept(call_id, call(call_id.key))
                unless_answered.pop_all()
            known = self._note(lease, known, deadline)
        answer: _Answer = json.loads(known)
        return answer

    def _claim(self, lease: "_Lease", deadline: Deadline) -> str | None:
        """Takes the lease and answers None, or answers what the call answered before."""
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
            # A call whose answer was lost is sent again: then it meets its own lease.
            if there["holder"] == lease.attributes["holder"]:
                return None
            return self._answer_in(there, lease)
        return None

    def _note(self, lease: "_Lease", answer: str, deadline: Deadline) -> str:
        """Makes the answer everybody's; answers another one if that was noted first."""
        for attempt in range(CALL_NOTE_ATTEMPTS_MAX):
            try:
                self._client().update_item(**self._noting(lease, answer))
            except AwsError as error:
                if isinstance(error, AwsRefusedError) and error.code == _CONDITION_FAILED:
                    # The lease ended and another delivery took it over: one answer for all.
                    return self._answer_in(_there(error), lease)
                pause_s = self._effects.backoff_s(attempt)
                if attempt == CALL_NOTE_ATTEMPTS_MAX - 1 or not deadline.allows(pause_s):
                    raise RetryableError(
                        f"the call {lease.call_id.name!r} was made, but its answer could not be "
                        "noted: the next delivery makes it again, with the same key"
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
        """Lets the next delivery make the call at once instead of when the lease has ended."""
        if not deadline.allows(0):
            return
        # A lease that is not released ends by itself; one that another took over is not ours.
        with suppress(AwsError):
            self._client().delete_item(
                TableName=self._table_name,
                Key=lease.key,
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":holder": lease.attributes["holder"]},
            )

    def _answer_in(self, there: dict[str, Any], lease: "_Lease") -> str:
        """The answer of an item that is not this claim's; raises UnderLeaseError for a lease."""
        if "answer" in there:
            return str(there["answer"]["S"])
        left_ms = int(there["lease_until"]["N"]) - _milliseconds(self._effects.now())
        # Not from AWS's answer: there is nothing wrong with DynamoDB.
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
        """Who holds it, and for a person who looks into the table, of which call it is."""
        one = self.call_id
        of = f"{one.service}/{one.handler}/{one.cause_id}/{one.name}"
        return {"holder": {"S": self.holder}, "made_for": {"S": of}}


def _there(error: AwsRefusedError) -> dict[str, Any]:
    """The item under which the condition failed; raises the error if that was not its fault."""
    if error.code != _CONDITION_FAILED:
        raise error
    item: dict[str, Any] = error.answer["Item"]
    return item


def _check_time(call_id: CallId, deadline: Deadline) -> None:
    if not deadline.allows(CALL_TIME_S_MIN):
        raise OutOfTimeError(
            f"the invocation is about to end: the call {call_id.name!r} is not begun; "
            "make the function's batches smaller or its Timeout longer"
        )


def _kept(call_id: CallId, answer: object) -> str:
    """The answer as text."""
    was_made = f"the call {call_id.name!r} was made, but its answer"
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        # None of their messages: they may quote the answer.
        raise PermanentError(
            f"{was_made} is no JSON ({type(answer).__name__}): let it answer texts, numbers, lists "
            "and maps, then redrive; the provider must still know the key"
        ) from None
    if len(text) > CALL_ANSWER_BYTES_MAX:
        raise PermanentError(
            f"{was_made} has {len(text)} bytes, the limit is {CALL_ANSWER_BYTES_MAX}: let it "
            "answer what the handler needs of it, then redrive; the provider must still know the "
            "key"
        )
    return text


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)


def _numbers(values: dict[str, int]) -> dict[str, Any]:
    return {name: {"N": str(value)} for name, value in values.items()}
