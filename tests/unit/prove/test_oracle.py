"""What counts as the same, as twice and as lost."""

from collections.abc import Mapping
from typing import Any

import pytest

from trunklab.prove.oracle import (
    ANSWERS,
    BUS,
    EVENT_ID,
    OUTSIDE,
    Difference,
    Kind,
    Record,
    Snapshot,
    judge,
    unstable,
)

TABLE = "table Table"
LETTERS = "queue DeadLetters"


def an_item(sk: str = "a", **values: Any) -> Record:
    """An item of a table."""
    return Record({"pk": '"p"', "sk": f'"{sk}"', **shown(values)}, ("pk", "sk"))


def an_event(event_id: str = "e-1", at: str = "2026-11-02T12:00:00Z", **values: Any) -> Record:
    """An event on the bus."""
    content = {"detail-type": "Done", EVENT_ID: event_id, "detail.metadata.occurred_at": at}
    return Record(shown({**content, **values}), (EVENT_ID,))


def shown(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as a snapshot has them."""
    return {
        name: f'"{value}"' if isinstance(value, str) else str(value)
        for name, value in values.items()
    }


def a_snapshot(*items: Record, **others: list[Record]) -> Snapshot:
    """What lies in the table, and elsewhere."""
    return {TABLE: [*items], BUS: [], OUTSIDE: [], ANSWERS: [], LETTERS: [], **others}


def kinds(differences: tuple[Difference, ...]) -> list[tuple[Kind, str]]:
    """What is wrong, and where."""
    return [(one.kind, one.where) for one in differences]


@pytest.mark.parametrize(
    ("expected", "seen", "found"),
    [
        pytest.param([an_item(n=1)], [an_item(n=1)], [], id="the same"),
        pytest.param([an_item()], [], [(Kind.LOSS, TABLE)], id="an item is missing"),
        pytest.param([], [an_item()], [(Kind.DUPLICATE, TABLE)], id="an item too many"),
        pytest.param([an_item(n=1)], [an_item(n=2)], [(Kind.DUPLICATE, TABLE)], id="changed"),
        pytest.param(
            [an_item(n=1)], [an_item()], [(Kind.DUPLICATE, TABLE)], id="an attribute is missing"
        ),
        pytest.param(
            [an_item("a")],
            [an_item("b")],
            [(Kind.LOSS, TABLE), (Kind.DUPLICATE, TABLE)],
            id="another key",
        ),
        pytest.param([an_item(n=1)], [an_item(n="1")], [(Kind.DUPLICATE, TABLE)], id="a type"),
    ],
)
def test_state_is_compared_item_by_item(
    expected: list[Record], seen: list[Record], found: list[tuple[Kind, str]]
) -> None:
    """A clean run says what must be there, no more and no less."""
    judgement = judge(a_snapshot(*expected), a_snapshot(*seen), frozenset())

    assert kinds(judgement.differences) == found


def test_an_event_that_came_twice_with_its_id_is_one() -> None:
    """Every consumer takes it once; it is counted by itself."""
    expected = a_snapshot(**{BUS: [an_event()]})

    judgement = judge(expected, a_snapshot(**{BUS: [an_event(), an_event()]}), frozenset())

    assert (judgement.differences, judgement.repeats) == ((), 1)


def test_two_events_with_two_ids_are_a_duplicate() -> None:
    """Nobody can tell that they say the same."""
    expected = a_snapshot(**{BUS: [an_event("e-1")]})
    seen = a_snapshot(**{BUS: [an_event("e-1"), an_event("e-2")]})

    assert kinds(judge(expected, seen, frozenset()).differences) == [(Kind.DUPLICATE, BUS)]


def test_one_id_with_two_contents_is_a_duplicate() -> None:
    """Who takes the event once takes one of them by chance."""
    expected = a_snapshot(**{BUS: [an_event(total=1)]})
    seen = a_snapshot(**{BUS: [an_event(total=1), an_event(total=2)]})

    assert kinds(judge(expected, seen, frozenset()).differences) == [(Kind.DUPLICATE, BUS)]


def test_random_ids_are_no_ids() -> None:
    """Two clean runs differ in them, so that two events are two even if all else is equal."""
    ids = [f"{number:032x}" for number in range(4)]
    first, second = (a_snapshot(**{BUS: [an_event(name)]}) for name in ids[:2])
    ignored = unstable(first, second)
    seen = a_snapshot(**{BUS: [an_event(name) for name in ids[2:]]})

    assert kinds(judge(first, seen, ignored).differences) == [(Kind.DUPLICATE, BUS)]
    assert judge(first, second, ignored).differences == ()


def test_dead_letters_and_answers_may_repeat() -> None:
    """At least once is what they promise."""
    letter = Record({"body": '"x"'})
    expected = a_snapshot(**{LETTERS: [letter], ANSWERS: [letter]})
    seen = a_snapshot(**{LETTERS: [letter, letter], ANSWERS: [letter, letter]})

    judgement = judge(expected, seen, frozenset())

    assert (judgement.differences, judgement.repeats) == ((), 2)


@pytest.mark.parametrize("where", [LETTERS, ANSWERS, BUS, OUTSIDE])
def test_whatever_is_missing_is_a_loss(where: str) -> None:
    """An event, a dead letter, an answer, a call to a provider."""
    expected = a_snapshot(**{where: [an_event()]})

    assert kinds(judge(expected, a_snapshot(), frozenset()).differences) == [(Kind.LOSS, where)]


def test_an_effect_outside_may_not_repeat() -> None:
    """The provider has counted it twice already."""
    effect = Record({"request": '"POST /charges"', "key": '""'}, ("key",))
    expected = a_snapshot(**{OUTSIDE: [effect]})

    judgement = judge(expected, a_snapshot(**{OUTSIDE: [effect, effect]}), frozenset())

    assert kinds(judgement.differences) == [(Kind.DUPLICATE, OUTSIDE)]


def test_only_what_two_clean_runs_differ_in_is_left_out() -> None:
    """Times do; what has the same value in both is compared to the last character."""
    first = a_snapshot(an_item(at="2026-11-02T12:00:00Z", n=1))
    second = a_snapshot(an_item(at="2026-11-02T12:00:01Z", n=1))

    ignored = unstable(first, second)

    assert ignored == {(TABLE, "at")}
    later = a_snapshot(an_item(at="2026-11-02T12:00:02Z", n=2))
    (difference,) = judge(first, later, ignored).differences
    assert difference.what == "p a n is 2, in a clean run 1"


def test_a_time_that_is_none_any_more_is_told() -> None:
    """Of what is left out its kind is still compared."""
    first = a_snapshot(an_item(at="2026-11-02T12:00:00Z"))
    second = a_snapshot(an_item(at="2026-11-02T12:00:01Z"))

    judgement = judge(first, a_snapshot(an_item(at=0)), unstable(first, second))

    assert kinds(judgement.differences) == [(Kind.DUPLICATE, TABLE)]


@pytest.mark.parametrize(
    ("first", "second", "is_left_out"),
    [
        ("2026-11-02T12:00:00Z", "2026-11-02T12:00:01+00:00", True),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7", True),
        ("0f8fad5bd9cb469fa165", "7c9e6679742540de944b", True),
        (1_795_271_572, 1_795_271_573, True),
        ("captured", "declined", False),
        ("captured", "2026-11-02T12:00:00Z", False),
        ("1", 1, False),
        (True, False, False),
        ("face", "cafe", False),
    ],
)
def test_only_times_and_random_values_can_be_left_out(
    first: Any, second: Any, *, is_left_out: bool
) -> None:
    """A decision that falls otherwise each time is no sound handler's."""
    ignored = unstable(a_snapshot(an_item(x=first)), a_snapshot(an_item(x=second)))

    assert bool(ignored) == is_left_out


def test_lists_are_left_out_at_every_index() -> None:
    """A history has a time in each of its steps; its length is compared."""
    first = a_snapshot(Record({"history.0.at": "1", "history.0.n": "1"}))
    second = a_snapshot(Record({"history.0.at": "2", "history.0.n": "1"}))

    ignored = unstable(first, second)

    assert ignored == {(TABLE, "history.*.at")}
    longer = a_snapshot(Record({"history.0.at": "3", "history.0.n": "1", "history.1.at": "4"}))
    assert judge(first, longer, ignored).differences != ()
