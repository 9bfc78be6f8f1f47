"""The outcome of a demo as one JSON document, for scripts."""

import json
from dataclasses import asdict

from shop.report import Outcomes


def as_json(outcomes: Outcomes) -> str:
    """Return all results, with the last line's numbers."""
    verdict = outcomes.verdict
    document = {
        "orders": len(verdict.results),
        "accepted": verdict.accepted,
        "by_outcome": verdict.counts,
        "first_order_done_after_s": outcomes.first_done_s,
        "orders_per_s": outcomes.orders_per_s,
        "good": verdict.is_good,
        "results": [asdict(result) for result in verdict.results],
        "broken_lines": [asdict(line) for line in outcomes.broken],
        "other_dead_letters": [asdict(letter) for letter in verdict.other_dead_letters],
        "contradictions": verdict.contradictions,
    }
    return json.dumps(document, indent=2)
