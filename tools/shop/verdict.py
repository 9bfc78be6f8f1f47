"""Compares the responses that clients got with the tables and the dead letters."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shop.order_clients import OrderResponse, ResponseKind
from shop.shop_state import DeadLetter, Ledger


class Outcome(StrEnum):
    """Outcomes of an order that was sent."""

    CAPTURED = "captured"
    DECLINED = "declined"
    DEAD_LETTERED = "dead-lettered"
    UNFINISHED = "unfinished"
    REFUSED = "refused"
    FAILED = "failed"


_FRAUD = "suspected_fraud"

_ENDS = {
    ("PAID", "PaymentCaptured"): Outcome.CAPTURED,
    ("DECLINED", "PaymentDeclined"): Outcome.DECLINED,
}
"""Outcome by status of the order and event of its payment, where both agree."""


@dataclass(frozen=True)
class Result:
    """Outcome of the order of one line, and its reasons."""

    line: int
    outcome: Outcome
    order_id: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """Results in the order of the file, dead letters of no order, and contradictions."""

    results: tuple[Result, ...]
    other_dead_letters: tuple[DeadLetter, ...]
    contradictions: tuple[str, ...]

    @property
    def counts(self) -> Counter[Outcome]:
        """Number of orders by outcome."""
        return Counter(result.outcome for result in self.results)

    @property
    def accepted(self) -> int:
        """Number of accepted orders."""
        return sum(result.order_id is not None for result in self.results)

    @property
    def is_good(self) -> bool:
        """True if every order has a final response and every accepted one is done."""
        unfit = self.counts[Outcome.UNFINISHED] + self.counts[Outcome.FAILED]
        return not unfit and not self.contradictions


def judge(sent: int, responses: Sequence[OrderResponse], ledger: Ledger) -> Verdict:
    """Returns the outcome of each order, and what contradicts the responses."""
    dead = {letter.subject: letter for letter in reversed(ledger.dead_letters) if letter.subject}
    ordered = sorted(responses, key=lambda response: response.line)
    results = tuple(_result(response, ledger, dead) for response in ordered)
    ended = {result.order_id for result in results if result.outcome is Outcome.DEAD_LETTERED}
    return Verdict(
        results=results,
        other_dead_letters=tuple(
            letter for letter in ledger.dead_letters if letter.subject not in ended
        ),
        contradictions=tuple(_contradictions(sent, results, ledger)),
    )


def most_instructive(verdict: Verdict) -> Result | None:
    """Returns an order whose story shows most services: a declined one also notifies, unless fraud.

    Prefers orders that are done.
    """
    accepted = [result for result in verdict.results if result.order_id is not None]
    return min(accepted, key=_rank, default=None)


def _rank(result: Result) -> int:
    if result.outcome is Outcome.DECLINED and _FRAUD not in result.reasons:
        return 0
    return 1 if result.outcome in {Outcome.CAPTURED, Outcome.DECLINED} else 2


def _result(response: OrderResponse, ledger: Ledger, dead: Mapping[str, DeadLetter]) -> Result:
    if response.kind is not ResponseKind.ACCEPTED or response.order_id is None:
        outcome = Outcome.REFUSED if response.kind is ResponseKind.REFUSED else Outcome.FAILED
        return Result(response.line, outcome, None, response.problems)
    order_id = response.order_id
    status = ledger.statuses.get(order_id)
    payments = ledger.payments.get(order_id, ())
    outcomes = [payment.outcome for payment in payments]
    end = _ENDS.get((status or "", outcomes[0])) if len(outcomes) == 1 else None
    if end is not None:
        reasons = tuple(payment.reason for payment in payments if payment.reason)
        return Result(response.line, end, order_id, reasons)
    if order_id in dead and status == "PLACED":
        letter = dead[order_id]
        return Result(response.line, Outcome.DEAD_LETTERED, order_id, (letter.reason,))
    decided = ", ".join(outcomes) or "undecided"
    reason = f"order {status or 'not in the table'}, payment {decided}"
    return Result(response.line, Outcome.UNFINISHED, order_id, (reason,))


def _contradictions(sent: int, results: Sequence[Result], ledger: Ledger) -> Iterator[str]:
    if len(results) != sent:
        yield f"{sent} orders were sent, {len(results)} have a response"
    accepted = Counter(result.order_id for result in results if result.order_id is not None)
    for order_id, times in accepted.items():
        if times > 1:
            yield f"order {order_id} was given to {times} clients"
        if order_id not in ledger.statuses:
            yield f"order {order_id} was accepted and is not in the table"
    for order_id in ledger.statuses.keys() - accepted.keys():
        yield f"order {order_id} is in the table and no client got its id"
    for order_id in ledger.payments.keys() - ledger.statuses.keys():
        yield f"order {order_id} has a payment and is not in the table"
