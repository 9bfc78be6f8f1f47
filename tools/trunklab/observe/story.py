"""What a story consists of: requests, events, and the handlers that took them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from trunklab.observe.log_lines import Message


@dataclass(frozen=True)
class Publication:
    """One attempt to put an event on the bus, and what came of it.

    `given_up` says that there will be no other: the event lies in the outbox's dead-letter queue.
    """

    at_ms: float
    service: str
    error: str | None = None
    given_up: bool = False


@dataclass(frozen=True)
class Attempt:
    """One time that a handler was given an event."""

    began_ms: float
    duration_ms: float
    outcome: Message
    number: int | None = None
    reason: str | None = None
    error: str | None = None
    trace_id: str | None = None


@dataclass(frozen=True)
class SilentRule:
    """A rule that listens to this kind of event and of which no handler has logged anything.

    `filters_content` says that the rule looks further than source and detail type, so that it may
    simply not have matched.
    """

    name: str
    filters_content: bool


@dataclass(frozen=True)
class Delivery:
    """Everything one handler did with one event, and the events it caused by it."""

    service: str
    handler: str | None
    rule: str | None
    queue: str | None
    attempts: tuple[Attempt, ...]
    emitted: tuple["Event", ...] = ()


@dataclass(frozen=True)
class Event:
    """One event: who published it, who took it, and which rules stayed silent.

    `caused` holds events that name this one as their cause while no handler's line tells who
    emitted them.
    """

    event_id: str
    source: str | None
    detail_type: str | None
    subject: str | None
    publications: tuple[Publication, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    silent_rules: tuple[SilentRule, ...] = ()
    caused: tuple["Event", ...] = ()

    @property
    def has_no_subscribers(self) -> bool:
        """True if no handler received it and no rule of the bus matches."""
        return not self.deliveries and not self.silent_rules


@dataclass(frozen=True)
class Request:
    """A call from outside that was committed, and the events it caused."""

    began_ms: float
    duration_ms: float
    service: str
    handler: str | None
    emitted: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Story:
    """Everything that happened for one correlation id; times count from its first line."""

    correlation_id: str
    started_at: datetime
    duration_ms: float
    subjects: tuple[str, ...]
    trace_ids: tuple[str, ...]
    requests: tuple[Request, ...] = ()
    events: tuple[Event, ...] = ()

    def all_events(self) -> Iterator[Event]:
        """Give every event of the story, each before those it caused."""
        yield from _with_all_below(one for request in self.requests for one in request.emitted)
        yield from _with_all_below(self.events)


def _with_all_below(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        yield event
        yield from _with_all_below(one for each in event.deliveries for one in each.emitted)
        yield from _with_all_below(event.caused)
