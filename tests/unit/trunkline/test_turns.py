"""How rows are cut into rounds, so that a subject's events follow each other."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trunkline.events import NOON, an_envelope
from trunkline.outbox import OutboxRow
from trunkline.turns import rounds


def a_row(subject: str, number: int, *, ordered: bool) -> OutboxRow:
    """The number-th row; its subject's order is kept or not."""
    envelope = an_envelope(f"event-{number}", subject=subject)
    return OutboxRow.of(envelope, NOON + timedelta(seconds=number), ordered=ordered)


row_lists = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.booleans()), max_size=30).map(
    lambda wanted: [a_row(s, n, ordered=o) for n, (s, o) in enumerate(wanted)]
)


@given(row_lists)
def test_no_round_holds_two_ordered_rows_of_a_subject(rows: list[OutboxRow]) -> None:
    """Rounds joined are all rows; a subject's come in their order, one a round."""
    cut = rounds(rows)

    assert sorted((row for one in cut for row in one), key=id) == sorted(rows, key=id)
    for subject in "abc":
        ordered = [row for row in rows if row.ordered and row.subject == subject]
        per_round = [[row for row in one if row in ordered] for one in cut]
        assert [row for some in per_round for row in some] == ordered
        assert all(len(some) <= 1 for some in per_round)


@given(row_lists)
def test_there_are_no_more_rounds_than_needed(rows: list[OutboxRow]) -> None:
    """As many as the subject with the most ordered rows has; rows without order go first."""
    cut = rounds(rows)

    most = max((sum(r.ordered and r.subject == s for r in rows) for s in "abc"), default=0)
    assert len(cut) == max(most, 1 if rows else 0)
    assert all(row.ordered for one in cut[1:] for row in one)
