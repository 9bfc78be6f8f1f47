"""Views of stories: a timeline whose tree shows causes, and a JSON document for scripts."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime

from rich.console import Console
from rich.text import Text

from trunklab.observe.log_lines import Message
from trunklab.observe.story import Attempt, Delivery, Event, Publication, Request, Story
from trunklab.observe.story_search import SearchResult
from trunklab.observe.views import ID_CHARACTERS, Row, Tone, draw, print_each
from trunklab.printable import printable


def render(stories: Sequence[Story], console: Console) -> None:
    """Prints each story as a headline and a timeline, its tree drawn as by `tree`."""
    print_each(stories, _lines, console)


def as_json(wanted: str, result: SearchResult) -> str:
    """Returns a search and its stories; times are RFC 3339, offsets milliseconds."""
    document = {
        "wanted": wanted,
        "log_groups": result.found.groups,
        "lines": len(result.found.lines),
        "malformed_lines": result.found.malformed,
        "cut_short": result.found.cut_short,
        "stories": [asdict(story) for story in result.stories],
    }
    return json.dumps(document, indent=2, default=datetime.isoformat)


def _lines(story: Story) -> Iterator[Text]:
    subjects = ", ".join(story.subjects) or "unknown subject"
    traces = ", ".join(story.trace_ids) or "none logged"
    started = story.started_at.isoformat()
    yield Text(printable(f"Story of {subjects}: {story.duration_ms:.0f} ms from {started}"))
    yield Text(printable(f"correlation {story.correlation_id}, trace {traces}"))
    for row in (*map(_of_request, story.requests), *map(_of_event, story.events)):
        yield from draw(row)


def _row(at_ms: float | None, text: str, tone: Tone, *below: Row) -> Row:
    at = f"{at_ms:8.0f} ms  " if at_ms is not None else " " * 13
    return Row(((at, "dim"),), text, tone, below)


def _of_request(request: Request) -> Row:
    return _row(
        request.began_ms,
        f"{_who(request.service, request.handler)} committed the request "
        f"in {request.duration_ms:.0f} ms",
        Tone.REQUEST,
        *map(_of_event, request.emitted),
    )


def _of_event(event: Event) -> Row:
    silent = (
        _row(
            None,
            f"rule {rule.name}: no delivery logged, it also filters on content"
            if rule.filters_content
            else f"rule {rule.name}: matches, nothing logged by its target yet",
            Tone.QUIET if rule.filters_content else Tone.DOUBTFUL,
        )
        for rule in event.silent_rules
    )
    unsubscribed = [_row(None, "no subscribers: no rule of the bus matches it", Tone.DOUBTFUL)]
    return _row(
        event.publications[0].at_ms if event.publications else None,
        f"{event.detail_type or 'event'} from {event.source or 'unknown source'} "
        f"({event.event_id[:ID_CHARACTERS]}), {_published(event)}",
        Tone.EVENT,
        *(
            _row(one.at_ms, f"{one.service}: {_rejection(one)} ({one.error})", Tone.BAD)
            for one in event.publications
            if one.error is not None
        ),
        *map(_of_delivery, event.deliveries),
        *silent,
        *(unsubscribed if event.has_no_subscribers else ()),
        *map(_of_event, event.caused),
    )


def _published(event: Event) -> str:
    done = [one for one in event.publications if one.error is None]
    if done:
        again = f" {len(done)} times" if len(done) > 1 else ""
        return f"published{again} by {done[0].service}"
    if any(one.given_up for one in event.publications):
        return "never published"
    return "not published yet" if event.publications else "publication not logged"


def _rejection(publication: Publication) -> str:
    if publication.given_up:
        return "publishing failed for good, it is in the outbox's dead-letter queue"
    return "the bus rejected it"


def _of_delivery(delivery: Delivery) -> Row:
    who = f"rule {delivery.rule or 'unknown rule'} -> {_who(delivery.service, delivery.handler)}"
    first, *retries = delivery.attempts
    tone, text = _outcome(first)
    below = [
        _row(attempt.began_ms, text, tone)
        for attempt in retries
        for tone, text in [_outcome(attempt)]
    ]
    emitted = map(_of_event, delivery.emitted)
    return _row(first.began_ms, f"{who}: {text}", tone, *below, *emitted)


def _outcome(attempt: Attempt) -> tuple[Tone, str]:
    number = f" (attempt {attempt.number})" if (attempt.number or 0) > 1 else ""
    why = ": ".join(filter(None, (attempt.error, attempt.reason))) or "no reason logged"
    match attempt.outcome:
        case Message.HANDLED:
            return Tone.GOOD, f"handled in {attempt.duration_ms:.0f} ms{number}"
        case Message.DUPLICATE:
            return Tone.QUIET, f"duplicate, skipped{number}"
        case Message.DEAD_LETTERED:
            return Tone.BAD, f"dead-lettered{number}, {why}"
        case _:
            return Tone.BAD, f"failed{number}, {why}"


def _who(service: str, handler: str | None) -> str:
    return f"{service} {handler}" if handler else service
