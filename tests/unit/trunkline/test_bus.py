"""What becomes of each event that is handed to the bus, whatever the bus answers."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trunkline.events import a_row
from trunkline.aws import AwsError, AwsRefusedError, AwsUnreachableError
from trunkline.bounds import PUBLISH_ATTEMPTS_MAX
from trunkline.bus import CALL_S, Bus, Fate
from trunkline.deadline import Deadline
from trunkline.effects import Effects

PASSING = ["ThrottlingException", "InternalFailure", "AccessDeniedException", "SomethingNew"]
FOR_GOOD = ["MalformedDetail", "InvalidArgument"]
AN_HOUR = Deadline(lambda: 3_600.0)


class Client:
    """Answers PutEvents: `entry` says what of an event by its detail, `call` what of a call."""

    def __init__(self, entry: Any = None, call: Any = None) -> None:
        self.calls: list[list[str]] = []
        self._entry = entry or (lambda _detail: {"EventId": "id"})
        self._call = call or (lambda _details: None)
        self.entries: Callable[[list[str]], Any] = lambda details: [*map(self._entry, details)]

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        """One call."""
        details = [entry["Detail"] for entry in Entries]
        self.calls.append(details)
        self._call(details)
        return {"Entries": self.entries(details)}


def refusal(code: str, status: int = 400, message: str = "") -> AwsRefusedError:
    """AWS refuses a whole call."""
    return AwsRefusedError(code, "PutEvents", status, {"message": message})


def a_bus(client: Client) -> Bus:
    """A bus whose pauses take no time."""
    return Bus("bus", client, Effects.seeded(1, datetime(2026, 1, 1, tzinfo=UTC)))


answers = st.sampled_from(
    [{"EventId": "id"}, {}, *({"ErrorCode": code} for code in PASSING + FOR_GOOD)]
)


@given(st.integers(0, 35), st.data())
def test_each_event_is_taken_or_refused_and_is_sent_no_more_once_that_is_clear(
    count: int, data: st.DataObject
) -> None:
    """Whatever is answered to whom: nothing is lost, nothing counts twice, nothing goes on."""
    taken: Counter[str] = Counter()
    over: set[str] = set()

    def answer(detail: str) -> dict[str, str]:
        assert detail not in over
        said = data.draw(answers)
        taken[detail] += "EventId" in said
        if "EventId" in said or said.get("ErrorCode") in FOR_GOOD:
            over.add(detail)
        return said

    rows = [a_row(f"event-{n}") for n in range(count)]
    client = Client(answer)

    outcome = a_bus(client).publish(rows, AN_HOUR)

    accepted = [row.detail for row, _ in outcome.accepted]
    refused = [one.row.detail for one in outcome.refused]
    sent = Counter(detail for call in client.calls for detail in call)
    assert sorted(accepted + refused) == sorted(row.detail for row in rows)
    assert Counter(accepted) == +taken
    assert max(sent.values(), default=0) <= PUBLISH_ATTEMPTS_MAX


A_BAD_NAME = (
    "1 validation error detected: Value 'x' at 'entries.1.member.eventBusName' failed to satisfy "
    "constraint: Member must satisfy regular expression pattern"
)
A_QUOTE = (
    "Value '[PutEventsRequestEntry(source=s, detailType=t, detail={}, eventBusName=b)]' at "
    "'entries.1.member.detailType' failed to satisfy constraint"
)


def entry(code: str, message: str = "") -> dict[str, str]:
    """A response entry that refuses its event."""
    return {"ErrorCode": code, "ErrorMessage": message}


POLICY: dict[str, tuple[dict[str, str] | AwsError, Fate]] = {
    "a malformed detail": (entry("MalformedDetail"), Fate.NEVER),
    "an invalid argument": (entry("InvalidArgument", "Detail is malformed."), Fate.NEVER),
    "an invalid bus": (
        entry("InvalidArgument", "Parameter EventBusName is not valid."),
        Fate.AGAIN,
    ),
    "a throttled entry": (entry("ThrottlingException"), Fate.AGAIN),
    "a fault of the service": (entry("InternalFailure"), Fate.AGAIN),
    "a forbidden entry": (entry("AccessDeniedException"), Fate.AGAIN),
    "a forbidden source": (entry("NotAuthorizedForSourceException"), Fate.AGAIN),
    "a new code of an entry": (entry("SomethingNew"), Fate.AGAIN),
    "neither id nor code": ({}, Fate.AGAIN),
    "an invalid call": (refusal("ValidationException"), Fate.NEVER),
    "an invalid call that quotes its bus": (
        refusal("ValidationException", message=A_QUOTE),
        Fate.NEVER,
    ),
    "a call with an invalid bus": (refusal("ValidationException", message=A_BAD_NAME), Fate.LATER),
    "a forbidden call": (refusal("AccessDeniedException"), Fate.LATER),
    "an expired token": (refusal("ExpiredTokenException"), Fate.LATER),
    "a new code of a call": (refusal("SomethingNew"), Fate.LATER),
    "a throttled call": (refusal("ThrottlingException"), Fate.AGAIN),
    "too many requests": (refusal("TooManyRequestsException", 429), Fate.AGAIN),
    "a failed call": (refusal("InternalException", 500), Fate.AGAIN),
    "an unavailable service": (refusal("ServiceUnavailable", 503), Fate.AGAIN),
    "a timeout": (AwsUnreachableError("PutEvents", "TimeoutError"), Fate.AGAIN),
    "a reset connection": (AwsUnreachableError("PutEvents", "ConnectionResetError"), Fate.AGAIN),
}


@pytest.mark.parametrize(("response", "fate"), POLICY.values(), ids=POLICY.keys())
def test_each_failure_has_one_fate(response: dict[str, str] | AwsError, fate: Fate) -> None:
    """An event is sent again, left to the sweep, or dead-lettered."""

    def fail(_details: list[str]) -> None:
        if isinstance(response, AwsError):
            raise response

    client = Client(lambda _detail: response, fail)

    (refused,) = a_bus(client).publish([a_row()], AN_HOUR).refused

    assert refused.fate is fate
    assert len(client.calls) == (PUBLISH_ATTEMPTS_MAX if fate is Fate.AGAIN else 1)


@pytest.mark.parametrize(
    "entries",
    [None, ["a", "b", "c"], [{"EventId": "x"}], [{"EventId": "x"}] * 4, {}],
    ids=["none", "strings", "too few", "too many", "an object"],
)
def test_entries_that_do_not_match_the_call_accept_nothing(entries: Any) -> None:
    """Entries belong to events by their order only."""
    client = Client()
    client.entries = lambda _details: entries

    outcome = a_bus(client).publish([a_row(f"event-{n}") for n in range(3)], AN_HOUR)

    assert outcome.accepted == []
    assert {one.code for one in outcome.refused} == {"EntriesDoNotMatch"}
    assert len(client.calls) == PUBLISH_ATTEMPTS_MAX


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_the_event_that_makes_a_call_fail_is_found(code: str) -> None:
    """The call is made again for each event alone; one of them is told apart."""
    rows = [a_row(f"event-{n}") for n in range(10)]

    def refuse(details: list[str]) -> None:
        if rows[4].detail in details:
            raise refusal(code)

    client = Client(call=refuse)

    outcome = a_bus(client).publish(rows, AN_HOUR)

    (refused,) = outcome.refused
    never = code == "ValidationException"
    assert [row for row, _ in outcome.accepted] == rows[:4] + rows[5:]
    assert (refused.row, refused.fate) == (rows[4], Fate.NEVER if never else Fate.LATER)
    assert [len(call) for call in client.calls] == [10] + [1] * 10


def test_a_call_that_may_succeed_later_is_made_again_as_it_was() -> None:
    """None of its events is suspected."""

    def fail(_details: list[str]) -> None:
        raise refusal("ThrottlingException")

    client = Client(call=fail)

    outcome = a_bus(client).publish([a_row(f"event-{n}") for n in range(10)], AN_HOUR)

    assert len(outcome.refused) == 10
    assert [len(call) for call in client.calls] == [10] * PUBLISH_ATTEMPTS_MAX


def test_without_time_nothing_is_sent() -> None:
    """What is committed waits; the invocation must end."""
    client = Client()

    outcome = a_bus(client).publish([a_row()], Deadline(lambda: 0.5))

    assert [(one.code, one.fate) for one in outcome.refused] == [("OutOfTime", Fate.LATER)]
    assert client.calls == []


def test_after_a_call_that_hung_none_is_begun_that_could_not_hang_as_long() -> None:
    """Three calls would each take four seconds of an invocation that has six."""
    left_s = [6.0]

    def hangs(_details: list[str]) -> None:
        left_s[0] -= CALL_S
        raise AwsUnreachableError("PutEvents", "TimeoutError")

    client = Client(call=hangs)
    rows = [a_row() for _ in range(25)]

    outcome = a_bus(client).publish(rows, Deadline(lambda: left_s[0]))

    assert len(client.calls) == 1
    assert len(outcome.refused) == 25


def test_while_the_bus_takes_events_all_the_time_is_used() -> None:
    """Only the reserve is kept: what is not sent would wait a minute for the sweep."""
    client = Client()

    outcome = a_bus(client).publish([a_row() for _ in range(25)], Deadline(lambda: 1.5))

    assert len(outcome.accepted) == 25


def test_no_events_are_no_call() -> None:
    """Most handlers return none."""
    client = Client()

    outcome = a_bus(client).publish([], AN_HOUR)

    assert (outcome.accepted, outcome.refused, client.calls) == ([], [], [])
