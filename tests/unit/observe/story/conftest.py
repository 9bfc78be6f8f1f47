"""Log lines as the runtime writes them, for the tests of the story."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from trunklab.observe.deployed_rules import Rule
from trunklab.observe.log_lines import parse_lines
from trunklab.observe.story import Story, build_stories

BUS = "arn:aws:events:us-east-1:000000000000:rule/trunkline-local"
QUEUES = "arn:aws:sqs:us-east-1:000000000000"

LineWriter = Callable[..., str]
StoryTeller = Callable[..., tuple[Story, ...]]


@pytest.fixture
def line() -> LineWriter:
    """Write one log line; keywords set or replace its fields."""

    def write(message: str, at_ms: int = 0, **fields: Any) -> str:
        record = {
            "level": "INFO",
            "message": message,
            "timestamp": f"2026-11-02T10:00:{at_ms // 1000:02d}.{at_ms % 1000:03d}+00:00",
            "service": "visits",
            "correlation_id": "corr-1",
            "subject": "visit-1",
            "trace_id": "1-5759e988-bd862e3fe1be46a994272793",
        }
        return json.dumps(record | fields)

    return write


@pytest.fixture
def tell() -> StoryTeller:
    """Build the stories of some lines and rules."""

    def build(lines: Iterable[str], rules: Iterable[Rule] = ()) -> tuple[Story, ...]:
        return build_stories(parse_lines(lines).lines, tuple(rules))

    return build


@pytest.fixture
def tickets_rule() -> Rule:
    """Give the rule by which tickets hears of visits."""
    return Rule(
        arn=f"{BUS}/tickets-GateOpened",
        name="tickets-GateOpened",
        pattern='{"source": ["zoo.visits"], "detail-type": ["GateOpened"]}',
        targets=(f"{QUEUES}:tickets",),
    )


@pytest.fixture
def visit_lines(line: LineWriter) -> list[str]:
    """Give the lines of a visit that tickets printed."""
    placed = {"event_id": "e-placed", "source": "zoo.visits", "detail_type": "GateOpened"}
    printed = {"event_id": "e-paid", "source": "zoo.tickets", "detail_type": "TicketPrinted"}
    return [
        line(
            "request committed",
            20,
            handler="open-gate",
            event_id=None,
            request_id="r-1",
            emitted=[placed],
            duration_ms=20.0,
        ),
        line("events published", 25, handler="open-gate", events=[placed]),
        line(
            "event handled",
            60,
            **placed,
            service="tickets",
            handler="print-ticket",
            rule=f"{BUS}/tickets-GateOpened",
            queue=f"{QUEUES}:tickets",
            attempt=1,
            emitted=[printed],
            duration_ms=15.5,
            age_ms=40.0,
        ),
        line(
            "events published",
            64,
            events=[printed | {"causation_id": "e-placed"}],
            service="tickets",
        ),
    ]
