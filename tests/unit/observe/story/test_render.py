"""Tests how a story reads."""

import io
from collections.abc import Callable

from rich.console import Console

from trunklab.observe.deployed_rules import Rule
from trunklab.observe.story import Story
from trunklab.observe.story_view import render

LineWriter = Callable[..., str]
StoryTeller = Callable[..., tuple[Story, ...]]

PRINTED = """\
Story of visit-1: 64 ms from 2026-11-02T10:00:00+00:00
correlation corr-1, trace 1-5759e988-bd862e3fe1be46a994272793
       0 ms  visits open-gate committed the request in 20 ms
      25 ms  └─ GateOpened from zoo.visits (e-placed), published by visits
      44 ms     └─ rule tickets-GateOpened -> tickets print-ticket: handled in 16 ms
      64 ms        └─ TicketPrinted from zoo.tickets (e-paid), published by tickets
                      └─ no subscribers: no rule of the bus matches it
"""


def test_a_story_reads_as_a_timeline(
    tell: StoryTeller, visit_lines: list[str], tickets_rule: Rule
) -> None:
    """Every hop says when, what, by which rule and by whom."""
    assert _text(tell(visit_lines, [tickets_rule])) == PRINTED


def test_failures_say_why_and_rules_that_stay_silent_are_named(
    tell: StoryTeller, line: LineWriter
) -> None:
    """What went wrong and what did not happen can be read off."""
    event = {"event_id": "e-1", "source": "zoo.tickets", "detail_type": "TicketRefused"}
    filtered = '{"source": ["zoo.tickets"], "detail": {"data": {"reason": ["x"]}}}'
    rules = [
        Rule("arn:r/picky", "picky", filtered),
        Rule("arn:r/slow", "slow", '{"source": ["zoo.tickets"]}'),
    ]

    text = _text(
        tell(
            [
                line("event not published", 1, **event, error_code="ThrottlingException"),
                line("event failed", 2, **event, rule="b/r", attempt=1, error_type="KeyError"),
                line("duplicate event", 3, **event, rule="b/r", attempt=2),
                line("event dead-lettered", 4, **event, rule="b/r", error_type="E", reason="bad"),
            ],
            rules,
        )
    )

    assert "the bus rejected it (ThrottlingException)" in text
    assert "rule r -> visits: failed, KeyError" in text
    assert "duplicate, skipped (attempt 2)" in text
    assert "dead-lettered, E: bad" in text
    assert "rule picky: no delivery logged, it also filters on content" in text
    assert "rule slow: matches, nothing logged by its target yet" in text


def test_an_event_that_was_given_up_is_not_said_to_wait(
    tell: StoryTeller, line: LineWriter
) -> None:
    """The bus will never have it: who looks for it must know where it is."""
    event = {"event_id": "e-1", "source": "zoo.visits", "detail_type": "GateOpened"}

    text = _text(
        tell(
            [
                line("event not published", 1, **event, error_code="MalformedDetail"),
                line("event given up", 2, **event, error_type="MalformedDetail", reason="x"),
            ]
        )
    )

    assert "never published" in text
    assert (
        "publishing failed for good, it is in the outbox's dead-letter queue (MalformedDetail)"
        in text
    )


def test_control_characters_do_not_reach_the_terminal(tell: StoryTeller, line: LineWriter) -> None:
    """A reason or an id may hold what an attacker wrote."""
    stories = tell(
        [
            line(
                "event dead-lettered",
                event_id="\x1b]0;x\x07",
                subject="a\x1b[2J",
                reason="b\x1b[2J",
            )
        ]
    )

    assert "\x1b" not in _text(stories)


def test_an_output_without_unicode_gets_a_plain_tree(
    tell: StoryTeller, visit_lines: list[str]
) -> None:
    """A log file in ASCII can be read as well."""
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, encoding="ascii") as stream:
        render(tell(visit_lines), Console(file=stream))
        stream.flush()

        assert b"`- GateOpened from zoo.visits" in buffer.getvalue()


def _text(stories: tuple[Story, ...]) -> str:
    stream = io.StringIO()
    render(stories, Console(file=stream))
    return stream.getvalue()
