"""What makes an external call itself, and what is refused before anything is called."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.bounds import CALL_NAME_CHARACTERS_MAX
from trunkline.calls import CallId, Calls
from trunkline.deadline import Deadline
from trunkline.effects import Effects
from trunkline.errors import ConfigurationError, OutOfTimeError
from trunkline.retention import EXPIRES_AT

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
CHARGE = CallId("payments", "decide-payment", "e-1", "charge")

PARTS = st.tuples(*[st.text(min_size=1, max_size=8)] * 3, st.sampled_from(["charge", "tip"]))


def never(_key: str) -> None:
    """A call that must not be made."""
    raise AssertionError("it was called")


def no_client() -> Any:
    """DynamoDB must not be asked either."""
    raise AssertionError("DynamoDB was asked")


class Requests:
    """A table that accepts every write and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def put_item(self, **request: Any) -> None:
        """Claims a lease."""
        self.requests.append(request)

    def update_item(self, **request: Any) -> None:
        """Notes an answer."""
        self.requests.append(request)


def calls(table_name: str) -> Calls:
    """Calls that may reach nothing."""
    return Calls(table_name, no_client, Effects.seeded(1, NOON), mark_days=30)


def test_a_key_never_changes() -> None:
    """A provider may be asked again years and versions later: the key is the same."""
    assert CHARGE.key == "5f7e2db1-42a2-5e4e-b51f-a2d183dcb478"


@given(PARTS, PARTS)
def test_two_calls_have_one_key_only_if_they_are_one(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    """Whatever characters the parts hold, no two are taken for each other."""
    assert (CallId(*one).key == CallId(*other).key) == (one == other)


@pytest.mark.parametrize("part", ["service", "handler", "cause_id"])
def test_a_call_of_nothing_has_no_key(part: str) -> None:
    """Without an event all calls of the world would be one."""
    with pytest.raises(ValueError, match="to have a key"):
        replace(CHARGE, **{part: ""})


@pytest.mark.parametrize(
    "name", ["", "x" * (CALL_NAME_CHARACTERS_MAX + 1), "two\nlines", "\x00", "\ud800", "\u200b"]
)
def test_a_name_that_nobody_can_read_is_refused(name: str) -> None:
    """It stands in the table and in log lines."""
    with pytest.raises(ValueError, match="choose a word"):
        replace(CHARGE, name=name)


@pytest.mark.parametrize("name", ["charge", "Charge line 7", "zahlung-ü", "x" * 128])
def test_any_readable_name_is_taken(name: str) -> None:
    """A handler with several calls may make names of what the event holds."""
    assert replace(CHARGE, name=name).key


def test_without_a_table_nothing_is_called() -> None:
    """The error names the setting that is missing."""
    with pytest.raises(ConfigurationError, match="TRUNKLINE_CALLS_TABLE"):
        calls("").once(CHARGE, never, Deadline(lambda: 60.0))


@pytest.mark.parametrize("left_s", [-1.0, 0.0, 1.0, 2.0])
def test_without_time_nothing_is_called(left_s: float) -> None:
    """Not even a lease is taken: it would only be in the next delivery's way."""
    with pytest.raises(OutOfTimeError, match="'charge'"):
        calls("calls").once(CHARGE, never, Deadline(lambda: left_s))


def test_no_expression_names_an_attribute_that_begins_with_an_underscore() -> None:
    """DynamoDB answers such a name with a syntax error; the local emulator accepts it."""
    dynamodb = Requests()

    Calls("calls", lambda: dynamodb, Effects.seeded(1, NOON), 30).once(
        CHARGE, lambda _key: 1, Deadline(lambda: 60.0)
    )

    (noted,) = (sent for sent in dynamodb.requests if "UpdateExpression" in sent)
    assert EXPIRES_AT in noted["ExpressionAttributeNames"].values()
    for request in dynamodb.requests:
        expressions = " ".join(
            value for key, value in request.items() if key.endswith("Expression")
        )
        assert not re.findall(r"(?<![#:\w])_\w+", expressions)


def test_chance_has_no_state_that_two_processes_could_share() -> None:
    """Copies of one process (forked, or started from a snapshot) must not hold one lease."""
    chance = Effects.real().chance
    seeded: Callable[[int], None] = chance.seed

    seeded(1)
    first = chance.getrandbits(128)
    seeded(1)

    assert chance.getrandbits(128) != first
