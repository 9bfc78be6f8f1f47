"""How a story is laid out: the rows of a timeline whose tree says who caused what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunklab.observe.log_lines import Message
from trunklab.observe.story import Attempt, Delivery, Event, Publication, Request, Story

_ID_CHARACTERS: Final = 8
"""How much of an event id a timeline shows; `--json` has all of it."""


class Tone(StrEnum):
    """What a row is about, for its colour on a terminal."""

    REQUEST = "bold"
    EVENT = "bold cyan"
    GOOD = "green"
    QUIET = "dim"
    DOUBTFUL = "yellow"
    BAD = "bold red"


@dataclass(frozen=True)
class Row:
    """One line of the timeline; `at_ms` is empty where nothing happened at a known time."""

    at_ms: float | None
    guide: str
    text: str
    tone: Tone


@dataclass(frozen=True)
class _Branch:
    at_ms: float | None
    text: str
    tone: Tone
    below: tuple["_Branch", ...] = ()


def headline(story: Story) -> tuple[str, str]:
    """Say in two lines whose story this is and how long it took."""
    subjects = ", ".join(story.subjects) or "unknown subject"
    traces = ", ".join(story.trace_ids) or "none logged"
    return (
        f"Story of {subjects}: {story.duration_ms:.0f} ms from {story.started_at.isoformat()}",
        f"correlation {story.correlation_id}, trace {traces}",
    )


def timeline(story: Story) -> tuple[Row, ...]:
    """Lay the story out, the tree drawn with guides as `tree` does."""
    branches = [*map(_of_request, story.requests), *map(_of_event, story.events)]
    return tuple(row for branch in branches for row in _rows(branch, "", ""))


def _rows(branch: _Branch, own: str, below: str) -> Iterator[Row]:
    yield Row(branch.at_ms, own, branch.text, branch.tone)
    for index, child in enumerate(branch.below):
        last = index == len(branch.below) - 1
        yield from _rows(
            child, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  ")
        )


def _of_request(request: Request) -> _Branch:
    return _Branch(
        request.began_ms,
        f"{_who(request.service, request.handler)} committed the request "
        f"in {request.duration_ms:.0f} ms",
        Tone.REQUEST,
        tuple(map(_of_event, request.emitted)),
    )


def _of_event(event: Event) -> _Branch:
    silent = (
        _Branch(
            None,
            f"rule {rule.name}: no delivery logged, it also filters on content"
            if rule.filters_content
            else f"rule {rule.name}: matches, nothing logged by its target yet",
            Tone.QUIET if rule.filters_content else Tone.DOUBTFUL,
        )
        for rule in event.silent_rules
    )
    unheard = [_Branch(None, "nobody listens: no rule of the bus names it", Tone.DOUBTFUL)]
    return _Branch(
        event.publications[0].at_ms if event.publications else None,
        f"{event.detail_type or 'event'} from {event.source or 'unknown source'} "
        f"({event.event_id[:_ID_CHARACTERS]}), {_published(event)}",
        Tone.EVENT,
        (
            *_unpublished(event),
            *map(_of_delivery, event.deliveries),
            *silent,
            *(unheard if event.nobody_listens else ()),
            *map(_of_event, event.caused),
        ),
    )


def _published(event: Event) -> str:
    done = [one for one in event.publications if one.error is None]
    if done:
        again = f" {len(done)} times" if len(done) > 1 else ""
        return f"published{again} by {done[0].service}"
    if any(one.given_up for one in event.publications):
        return "never published"
    return "not published yet" if event.publications else "no line of its publication"


def _unpublished(event: Event) -> Iterable[_Branch]:
    return (
        _Branch(one.at_ms, f"{one.service}: {_refused(one)} ({one.error})", Tone.BAD)
        for one in event.publications
        if one.error is not None
    )


def _refused(publication: Publication) -> str:
    if publication.given_up:
        return "gave it up, it lies in the outbox's dead-letter queue"
    return "the bus did not take it"


def _of_delivery(delivery: Delivery) -> _Branch:
    rule = delivery.rule or "unknown rule"
    who = _who(delivery.service, delivery.handler)
    first, *others = delivery.attempts
    tone, text = _outcome(first)
    emitted = tuple(map(_of_event, delivery.emitted))
    below = [_Branch(one.began_ms, _outcome(one)[1], _outcome(one)[0]) for one in others]
    return _Branch(first.began_ms, f"rule {rule} -> {who}: {text}", tone, (*below, *emitted))


def _outcome(attempt: Attempt) -> tuple[Tone, str]:
    number = f" (attempt {attempt.number})" if (attempt.number or 0) > 1 else ""
    why = ": ".join(filter(None, (attempt.error, attempt.reason))) or "no reason logged"
    match attempt.outcome:
        case Message.HANDLED:
            return Tone.GOOD, f"handled in {attempt.duration_ms:.0f} ms{number}"
        case Message.DUPLICATE:
            return Tone.QUIET, f"duplicate, passed over{number}"
        case Message.DEAD_LETTERED:
            return Tone.BAD, f"dead-lettered{number}, {why}"
        case _:
            return Tone.BAD, f"failed{number}, {why}"


def _who(service: str, handler: str | None) -> str:
    return f"{service} {handler}" if handler else service
