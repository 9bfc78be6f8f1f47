"""Chooses the order whose story shows the most."""

from shop.verdict import Outcome, Result, Verdict

_FRAUD = "suspected_fraud"


def most_telling(verdict: Verdict) -> Result | None:
    """Return an order that went the whole way, or one that went wrong if there is none such.

    A declined order shows every service: notifications hears of it as well, except for fraud.
    """
    followed = [result for result in verdict.results if result.order_id is not None]
    return min(followed, key=_rank, default=None)


def _rank(result: Result) -> int:
    if result.outcome is Outcome.DECLINED and _FRAUD not in result.reasons:
        return 0
    return 1 if result.outcome in {Outcome.CAPTURED, Outcome.DECLINED} else 2
