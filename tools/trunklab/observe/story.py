"""Builds the story of a correlation id from log lines and rules."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from trunklab.observe.deployed_rules import Rule, Verdict, verdict
from trunklab.observe.log_lines import Emitted, LogLine, Message

DEPTH_EVENTS_MAX: Final = 40
"""Events below each other in one tree; a longer chain continues as a tree of its own."""

_PUBLICATIONS: Final = frozenset({Message.PUBLISHED, Message.NOT_PUBLISHED, Message.GIVEN_UP})


@dataclass(frozen=True)
class Publication:
    """An attempt to put an event on the bus, with its result.

    `given_up` is True if it was the last: the event is in the outbox's dead-letter queue.
    """

    at_ms: float
    service: str
    error: str | None = None
    given_up: bool = False


@dataclass(frozen=True)
class Attempt:
    """An invocation of a handler with an event."""

    began_ms: float
    duration_ms: float
    outcome: Message
    number: int | None = None
    reason: str | None = None
    error: str | None = None
    trace_id: str | None = None


@dataclass(frozen=True)
class SilentRule:
    """A rule for this kind of event without a log line of a handler.

    `filters_content` is True if the rule also filters on content, so that it may not match.
    """

    name: str
    filters_content: bool


@dataclass(frozen=True)
class Delivery:
    """The attempts of a handler to handle an event, and the events that it emitted."""

    service: str
    handler: str | None
    rule: str | None
    queue: str | None
    attempts: tuple[Attempt, ...]
    emitted: tuple["Event", ...] = ()


@dataclass(frozen=True)
class Event:
    """An event with its publications, its deliveries, and rules without a delivery.

    `caused` has the events with this one as their cause that no handler's line lists as emitted.
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
    """A committed HTTP request, and the events that it emitted."""

    began_ms: float
    duration_ms: float
    service: str
    handler: str | None
    emitted: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Story:
    """The requests and events of a correlation id; times count from its first line."""

    correlation_id: str
    started_at: datetime
    duration_ms: float
    subjects: tuple[str, ...]
    trace_ids: tuple[str, ...]
    requests: tuple[Request, ...] = ()
    events: tuple[Event, ...] = ()

    def all_events(self) -> Iterator[Event]:
        """Yields every event of the story, each before those it caused."""
        yield from _with_all_below(one for request in self.requests for one in request.emitted)
        yield from _with_all_below(self.events)


def _with_all_below(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        yield event
        yield from _with_all_below(one for each in event.deliveries for one in each.emitted)
        yield from _with_all_below(event.caused)


def build_stories(lines: Iterable[LogLine], rules: Sequence[Rule]) -> tuple[Story, ...]:
    """Returns a story for each correlation id, the earliest first."""
    by_correlation: defaultdict[str, list[LogLine]] = defaultdict(list)
    for line in sorted(lines, key=_began):
        if line.correlation_id is not None:
            by_correlation[line.correlation_id].append(line)
    return tuple(
        _StoryBuilder(its_lines, rules).story(correlation_id)
        for correlation_id, its_lines in by_correlation.items()
    )


def _began(line: LogLine) -> datetime:
    return line.timestamp - timedelta(milliseconds=line.duration_ms)


class _StoryBuilder:
    """The lines of a correlation id, indexed by event."""

    def __init__(self, lines: Sequence[LogLine], rules: Sequence[Rule]) -> None:
        self._lines = lines
        self._rules = rules
        self._start = min(map(_began, lines))
        self._of_event: defaultdict[str, list[LogLine]] = defaultdict(list)
        self._announced: dict[str, Emitted] = {}
        for line in lines:
            if line.event_id is not None:
                self._of_event[line.event_id].append(line)
            self._announced |= {one.event_id: one for one in line.emitted}
        # By cause, the distinct events that no line announces.
        self._caused: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for line in lines:
            if line.event_id and line.causation_id and line.event_id not in self._announced:
                self._caused[line.causation_id][line.event_id] = None
        self._placed: set[str] = set()
        self._depth = 0

    def story(self, correlation_id: str) -> Story:
        requests = tuple(
            Request(
                began_ms=self._ms(_began(line)),
                duration_ms=line.duration_ms,
                service=line.service,
                handler=line.handler,
                emitted=self._events([event.event_id for event in line.emitted]),
            )
            for line in self._lines
            if line.message is Message.COMMITTED
        )
        # An event that no line announces is put below its cause; without a cause it is a root.
        roots = [event_id for event_id in self._of_event if self._is_root(event_id)]
        events = self._events(roots)
        events += self._events([*self._of_event, *self._announced])
        return Story(
            correlation_id=correlation_id,
            started_at=self._start,
            duration_ms=max(self._ms(line.timestamp) for line in self._lines),
            subjects=_distinct(line.subject for line in self._lines),
            trace_ids=_distinct(line.trace_id for line in self._lines),
            requests=requests,
            events=events,
        )

    def _is_root(self, event_id: str) -> bool:
        if event_id in self._announced:
            return False
        causes = _distinct(line.causation_id for line in self._of_event[event_id])
        return not any(cause in self._of_event for cause in causes)

    def _events(self, event_ids: Sequence[str]) -> tuple[Event, ...]:
        if self._depth == DEPTH_EVENTS_MAX:
            return ()
        self._depth += 1
        events = []
        for event_id in event_ids:
            # Each event is placed once, so that a cycle of causes ends.
            if event_id not in self._placed:
                self._placed.add(event_id)
                events.append(self._event(event_id))
        self._depth -= 1
        return tuple(events)

    def _event(self, event_id: str) -> Event:
        lines = self._of_event.get(event_id, [])
        announced = self._announced.get(event_id)
        described = [announced] if announced else lines
        source = _first(item.source for item in described)
        detail_type = _first(item.detail_type for item in described)
        return Event(
            event_id=event_id,
            source=source,
            detail_type=detail_type,
            subject=_first(line.subject for line in lines),
            publications=tuple(
                Publication(
                    at_ms=self._ms(line.timestamp),
                    service=line.service,
                    error=line.error,
                    given_up=line.message is Message.GIVEN_UP,
                )
                for line in lines
                if line.message in _PUBLICATIONS
            ),
            deliveries=self._deliveries(lines),
            silent_rules=self._silent_rules(source, detail_type, lines),
            caused=self._events(list(self._caused.get(event_id, ()))),
        )

    def _deliveries(self, lines: Sequence[LogLine]) -> tuple[Delivery, ...]:
        by_handler: defaultdict[object, list[LogLine]] = defaultdict(list)
        for line in lines:
            if line.message not in _PUBLICATIONS:
                by_handler[line.service, line.handler, line.queue].append(line)
        return tuple(map(self._delivery, by_handler.values()))

    def _delivery(self, lines: Sequence[LogLine]) -> Delivery:
        return Delivery(
            service=lines[0].service,
            handler=lines[0].handler,
            rule=self._rule_name(lines[0]),
            queue=_tail(lines[0].queue, ":"),
            attempts=tuple(
                Attempt(
                    began_ms=self._ms(_began(line)),
                    duration_ms=line.duration_ms,
                    outcome=line.message,
                    number=line.attempt,
                    reason=line.reason,
                    error=line.error,
                    trace_id=line.trace_id,
                )
                for line in lines
            ),
            emitted=self._events([event.event_id for line in lines for event in line.emitted]),
        )

    def _rule_name(self, line: LogLine) -> str | None:
        if line.rule is not None:
            return _tail(line.rule, "/")
        return _first(rule.name for rule in self._rules if line.queue in rule.targets)

    def _silent_rules(
        self, source: str | None, detail_type: str | None, lines: Sequence[LogLine]
    ) -> tuple[SilentRule, ...]:
        if source is None or detail_type is None:
            return ()
        logged = {line.rule for line in lines} | {line.queue for line in lines}
        return tuple(
            SilentRule(rule.name, match is Verdict.DEPENDS_ON_CONTENT)
            for rule in self._rules
            if (match := verdict(rule, source, detail_type)) is not Verdict.NO
            and logged.isdisjoint({rule.arn, *rule.targets})
        )

    def _ms(self, at: datetime) -> float:
        return round((at - self._start) / timedelta(milliseconds=1), 3)


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value is not None))


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _tail(arn: str | None, separator: str) -> str | None:
    return arn.rpartition(separator)[2] if arn else None
