"""Compares what clients were answered with what tables and queues say, and adds it up."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shop.answers import Answer, Kind
from shop.books import Ledger
from shop.dead_letters import DeadLetter


class Outcome(StrEnum):
    """What can become of an order that was sent."""

    CAPTURED = "captured"
    DECLINED = "declined"
    DEAD_LETTERED = "dead-lettered"
    UNFINISHED = "unfinished"
    REFUSED = "refused"
    FAILED = "failed"


_ENDS = {
    ("PAID", "PaymentCaptured"): Outcome.CAPTURED,
    ("DECLINED", "PaymentDeclined"): Outcome.DECLINED,
}
"""Status of the order and outcome of its payment, where both agree."""


@dataclass(frozen=True)
class Result:
    """What became of the order of one line, and why."""

    line: int
    outcome: Outcome
    order_id: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """All results in the order of the file, dead letters that ended no order, and what is wrong."""

    results: tuple[Result, ...]
    other_dead_letters: tuple[DeadLetter, ...]
    contradictions: tuple[str, ...]

    @property
    def counts(self) -> Counter[Outcome]:
        """How many orders came to which outcome."""
        return Counter(result.outcome for result in self.results)

    @property
    def accepted(self) -> int:
        """How many orders were accepted."""
        return sum(result.order_id is not None for result in self.results)

    @property
    def is_good(self) -> bool:
        """Whether every order was answered and every accepted one reached its end."""
        unfit = self.counts[Outcome.UNFINISHED] + self.counts[Outcome.FAILED]
        return not unfit and not self.contradictions


def judge(sent: int, answers: Sequence[Answer], ledger: Ledger) -> Verdict:
    """Say for each answered order what became of it, and name whatever does not add up."""
    dead: dict[str, DeadLetter] = {}
    for letter in ledger.dead_letters:
        if letter.subject is not None:
            dead.setdefault(letter.subject, letter)
    results = tuple(
        _result(answer, ledger, dead) for answer in sorted(answers, key=lambda one: one.line)
    )
    ended_dead = {result.order_id for result in results if result.outcome is Outcome.DEAD_LETTERED}
    return Verdict(
        results=results,
        other_dead_letters=tuple(
            letter for letter in ledger.dead_letters if letter.subject not in ended_dead
        ),
        contradictions=tuple(_contradictions(sent, results, ledger)),
    )


def _result(answer: Answer, ledger: Ledger, dead: Mapping[str, DeadLetter]) -> Result:
    if answer.kind is not Kind.ACCEPTED or answer.order_id is None:
        outcome = Outcome.REFUSED if answer.kind is Kind.REFUSED else Outcome.FAILED
        return Result(answer.line, outcome, None, answer.problems)
    order_id = answer.order_id
    status = ledger.statuses.get(order_id)
    payments = ledger.payments.get(order_id, ())
    outcomes = [payment.outcome for payment in payments]
    end = _ENDS.get((status or "", outcomes[0])) if len(outcomes) == 1 else None
    if end is not None:
        reasons = tuple(payment.reason for payment in payments if payment.reason)
        return Result(answer.line, end, order_id, reasons)
    if order_id in dead and status == "PLACED":
        letter = dead[order_id]
        return Result(answer.line, Outcome.DEAD_LETTERED, order_id, (letter.reason,))
    decided = ", ".join(outcomes) or "undecided"
    reason = f"order {status or 'not in the table'}, payment {decided}"
    return Result(answer.line, Outcome.UNFINISHED, order_id, (reason,))


def _contradictions(sent: int, results: Sequence[Result], ledger: Ledger) -> Iterator[str]:
    if len(results) != sent:
        yield f"{sent} orders were sent, {len(results)} were answered"
    accepted = Counter(result.order_id for result in results if result.order_id is not None)
    for order_id, times in accepted.items():
        if times > 1:
            yield f"order {order_id} was given to {times} clients"
        if order_id not in ledger.statuses:
            yield f"order {order_id} was accepted and is not in the table"
    for order_id in ledger.statuses.keys() - accepted.keys():
        yield f"order {order_id} is in the table and no client was told so"
    for order_id in ledger.payments.keys() - ledger.statuses.keys():
        yield f"order {order_id} has a payment and is not in the table"
