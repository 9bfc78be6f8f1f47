"""Tests how lines and rules become a story."""

from collections.abc import Callable

from trunklab.observe.deployed_rules import Rule
from trunklab.observe.log_lines import Message
from trunklab.observe.story import DEPTH_EVENTS_MAX, Event, Story

LineWriter = Callable[..., str]
StoryTeller = Callable[..., tuple[Story, ...]]


def test_a_story_follows_what_caused_what(
    tell: StoryTeller, visit_lines: list[str], tickets_rule: Rule
) -> None:
    """A request causes an event, its handler causes the next one."""
    (story,) = tell(visit_lines, [tickets_rule])

    (placed,) = story.requests[0].emitted
    (delivery,) = placed.deliveries
    assert story.events == ()
    assert placed.detail_type == "GateOpened"
    assert (delivery.service, delivery.handler) == ("tickets", "print-ticket")
    assert delivery.rule == "tickets-GateOpened"
    assert [one.detail_type for one in delivery.emitted] == ["TicketPrinted"]


def test_times_count_from_the_first_thing_that_began(
    tell: StoryTeller, visit_lines: list[str]
) -> None:
    """A line is written at the end of what it tells of; its duration leads to the beginning."""
    (story,) = tell(visit_lines)

    (placed,) = story.requests[0].emitted
    assert story.requests[0].began_ms == 0.0
    assert placed.publications[0].at_ms == 25.0
    assert placed.deliveries[0].attempts[0].began_ms == 44.5
    assert story.duration_ms == 64.0


def test_the_order_of_the_lines_does_not_matter(tell: StoryTeller, visit_lines: list[str]) -> None:
    """Log groups are read one after the other, not in the order of time."""
    assert tell(reversed(visit_lines)) == tell(visit_lines)


def test_attempts_duplicates_and_dead_letters_stay_with_their_handler(
    tell: StoryTeller, line: LineWriter
) -> None:
    """One delivery shows everything that its handler did with the event."""
    event = {"event_id": "e-1", "handler": "print-ticket", "queue": "arn:tickets"}
    (story,) = tell(
        [
            line("event failed", 10, **event, attempt=1, error_type="KeyError"),
            line("event handled", 20, **event, attempt=2),
            line("duplicate event", 30, **event, attempt=1),
            line("event dead-lettered", 40, **event, reason="broken", error_type="InvalidEvent"),
        ]
    )

    (delivery,) = story.events[0].deliveries
    assert [one.outcome for one in delivery.attempts] == [
        Message.FAILED,
        Message.HANDLED,
        Message.DUPLICATE,
        Message.DEAD_LETTERED,
    ]
    assert delivery.attempts[0].error == "KeyError"
    assert delivery.attempts[3].reason == "broken"


def test_an_event_that_no_rule_names_is_heard_by_nobody(
    tell: StoryTeller, visit_lines: list[str], tickets_rule: Rule
) -> None:
    """A printed ticket with no consumer stands out."""
    (story,) = tell(visit_lines, [tickets_rule])

    placed = story.requests[0].emitted[0]
    assert not placed.has_no_subscribers
    assert placed.deliveries[0].emitted[0].has_no_subscribers


def test_a_rule_whose_handler_logged_nothing_is_named(
    tell: StoryTeller, visit_lines: list[str], tickets_rule: Rule
) -> None:
    """An event that waits in a queue is not the same as one that nobody wants."""
    (story,) = tell(visit_lines[:2], [tickets_rule])

    (silent,) = story.requests[0].emitted[0].silent_rules
    assert (silent.name, silent.filters_content) == ("tickets-GateOpened", False)


def test_a_rule_is_found_by_the_queue_when_the_line_names_none(
    tell: StoryTeller, line: LineWriter, tickets_rule: Rule
) -> None:
    """Source, detail type and target queue are enough to know the rule."""
    (story,) = tell(
        [
            line(
                "event handled",
                event_id="e-1",
                source="zoo.visits",
                detail_type="GateOpened",
                queue=tickets_rule.targets[0],
            )
        ],
        [tickets_rule],
    )

    assert story.events[0].deliveries[0].rule == "tickets-GateOpened"
    assert story.events[0].silent_rules == ()


def test_an_event_without_its_producers_line_hangs_below_its_cause(
    tell: StoryTeller, line: LineWriter
) -> None:
    """Causation is in the metadata, so a lost line does not tear the story apart."""
    (story,) = tell(
        [
            line("events published", 1, events=[{"event_id": "e-1"}]),
            line("events published", 2, events=[{"event_id": "e-2", "causation_id": "e-1"}]),
            line("events published", 3, events=[{"event_id": "e-3", "causation_id": "e-unknown"}]),
        ]
    )

    assert [one.event_id for one in story.events] == ["e-1", "e-3"]
    assert [one.event_id for one in story.events[0].caused] == ["e-2"]


def test_an_emitted_event_is_told_before_it_was_published(
    tell: StoryTeller, visit_lines: list[str]
) -> None:
    """What still lies in the outbox is part of the story."""
    (story,) = tell(visit_lines[:1])

    (placed,) = story.requests[0].emitted
    assert (placed.detail_type, placed.publications) == ("GateOpened", ())


def test_events_that_cause_each_other_are_told_once(tell: StoryTeller, line: LineWriter) -> None:
    """A loop in the causes ends, and no event of it is lost."""
    (story,) = tell(
        [
            line("events published", 1, events=[{"event_id": "e-1", "causation_id": "e-2"}]),
            line("events published", 2, events=[{"event_id": "e-2", "causation_id": "e-1"}]),
        ]
    )

    assert sorted(one.event_id for one in _all(story.events)) == ["e-1", "e-2"]


def test_a_feedback_loop_of_many_events_is_told_whole(tell: StoryTeller, line: LineWriter) -> None:
    """A chain longer than the tree may be deep goes on in a tree of its own."""
    count = 50 * DEPTH_EVENTS_MAX
    (story,) = tell(
        line("events published", n, events=[{"event_id": f"e-{n}", "causation_id": f"e-{n - 1}"}])
        for n in range(count)
    )

    assert len(_all(story.events)) == count


def test_each_correlation_has_its_own_story(tell: StoryTeller, line: LineWriter) -> None:
    """Lines without a correlation id belong to none of them."""
    stories = tell(
        [
            line("events published", 1, events=[{"event_id": "e-1"}]),
            line("events published", 2, events=[{"event_id": "e-2", "correlation_id": "corr-2"}]),
            line("event dead-lettered", 3, correlation_id=None),
        ]
    )

    assert [story.correlation_id for story in stories] == ["corr-1", "corr-2"]


def test_all_events_of_a_story_can_be_gone_through(
    tell: StoryTeller, visit_lines: list[str], line: LineWriter
) -> None:
    """Emitted ones, those below handlers, and those below a cause."""
    more = [
        line("events published", 70, events=[{"event_id": "e-stray"}]),
        line("events published", 80, events=[{"event_id": "e-caused", "causation_id": "e-stray"}]),
    ]

    (story,) = tell([*visit_lines, *more])

    ids = [one.event_id for one in story.all_events()]
    assert ids == ["e-placed", "e-paid", "e-stray", "e-caused"]


def _all(events: tuple[Event, ...]) -> list[Event]:
    return [one for event in events for one in (event, *_all(event.caused))]
