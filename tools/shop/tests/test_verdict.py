"""Tests how answers are compared with what tables and queues say."""

from collections.abc import Mapping

import pytest

from shop.order_clients import OrderResponse, ResponseKind
from shop.shop_state import DeadLetter, Ledger, Payment
from shop.verdict import Outcome, judge

CAPTURED = Payment("PaymentCaptured", None)
DECLINED = Payment("PaymentDeclined", "limit_exceeded")
LETTER = DeadLetter("payments-dlq", "o-1", "OrderPlaced", "broken", "decide-payment")

ACCEPTED = OrderResponse(1, ResponseKind.ACCEPTED, "o-1")

ENDS = [
    ("PAID", (CAPTURED,), (), Outcome.CAPTURED, ()),
    ("DECLINED", (DECLINED,), (), Outcome.DECLINED, ("limit_exceeded",)),
    ("PAID", (CAPTURED,), (LETTER,), Outcome.CAPTURED, ()),
    ("PLACED", (), (LETTER,), Outcome.DEAD_LETTERED, ("broken",)),
    ("PLACED", (CAPTURED,), (LETTER,), Outcome.DEAD_LETTERED, ("broken",)),
    ("PLACED", (), (), Outcome.UNFINISHED, ("order PLACED, payment undecided",)),
    ("PLACED", (CAPTURED,), (), Outcome.UNFINISHED, ("order PLACED, payment PaymentCaptured",)),
    ("PAID", (), (), Outcome.UNFINISHED, ("order PAID, payment undecided",)),
    ("PAID", (DECLINED,), (), Outcome.UNFINISHED, ("order PAID, payment PaymentDeclined",)),
    (
        "PAID",
        (CAPTURED, CAPTURED),
        (),
        Outcome.UNFINISHED,
        ("order PAID, payment PaymentCaptured, PaymentCaptured",),
    ),
]

CONTRADICTIONS = [
    (2, [ACCEPTED], {"o-1": "PAID"}, "2 orders were sent, 1 have a response"),
    (1, [ACCEPTED], {}, "order o-1 was accepted and is not in the table"),
    (
        2,
        [ACCEPTED, OrderResponse(2, ResponseKind.ACCEPTED, "o-1")],
        {"o-1": "PAID"},
        "order o-1 was given to 2 clients",
    ),
    (
        1,
        [ACCEPTED],
        {"o-1": "PAID", "o-2": "PLACED"},
        "order o-2 is in the table and no client got its id",
    ),
    (0, [], {}, "order o-1 has a payment and is not in the table"),
]


@pytest.mark.parametrize(("status", "payments", "letters", "outcome", "reasons"), ENDS)
def test_an_end_needs_order_and_payment_to_agree(
    status: str,
    payments: tuple[Payment, ...],
    letters: tuple[DeadLetter, ...],
    outcome: Outcome,
    reasons: tuple[str, ...],
) -> None:
    """Only what both tables say is an end; a dead letter explains what has none."""
    verdict = judge(1, [ACCEPTED], Ledger({"o-1": status}, {"o-1": payments}, letters))

    assert (verdict.results[0].outcome, verdict.results[0].reasons) == (outcome, reasons)
    assert verdict.is_good == (outcome is not Outcome.UNFINISHED)


@pytest.mark.parametrize(("sent", "answers", "statuses", "contradiction"), CONTRADICTIONS)
def test_what_does_not_add_up_is_named(
    sent: int, answers: list[OrderResponse], statuses: Mapping[str, str], contradiction: str
) -> None:
    """A lost or a doubled order can never look like a good run."""
    verdict = judge(sent, answers, Ledger(statuses, {"o-1": (CAPTURED,)}, ()))

    assert contradiction in verdict.contradictions
    assert not verdict.is_good


def test_a_refused_order_is_a_good_end_and_a_failed_one_is_not() -> None:
    """An answer that never came leaves open whether the order was taken."""
    refused = OrderResponse(1, ResponseKind.REFUSED, problems=("lines: empty",))
    failed = OrderResponse(2, ResponseKind.FAILED, problems=("no answer",))
    nothing = Ledger({}, {}, ())

    assert judge(1, [refused], nothing).is_good
    assert not judge(2, [refused, failed], nothing).is_good


def test_dead_letters_that_end_no_order_are_kept_apart() -> None:
    """They are worth a look, and belong to no accepted order's end."""
    letters = (LETTER, DeadLetter("orders-dlq", None, None, "no envelope", None))

    verdict = judge(1, [ACCEPTED], Ledger({"o-1": "PLACED"}, {}, letters))

    assert verdict.other_dead_letters == letters[1:]


def test_results_are_in_the_order_of_the_file() -> None:
    """Clients finish in any order; the reader looks for line numbers."""
    answers = [OrderResponse(line, ResponseKind.REFUSED) for line in (3, 1, 2)]

    assert [one.line for one in judge(3, answers, Ledger({}, {}, ())).results] == [1, 2, 3]
