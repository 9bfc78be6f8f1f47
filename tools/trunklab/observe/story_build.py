"""Puts log lines and rules together to stories: who caused what, and who took it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from trunklab.observe.deployed_rules import Rule, Verdict, verdict
from trunklab.observe.log_lines import Emitted, LogLine, Message
from trunklab.observe.story import (
    Attempt,
    Delivery,
    Event,
    Publication,
    Request,
    SilentRule,
    Story,
)

DEPTH_EVENTS_MAX: Final = 40
"""Events below each other in one tree; a longer chain goes on as a tree of its own."""

_PUBLICATIONS = frozenset({Message.PUBLISHED, Message.NOT_PUBLISHED, Message.GIVEN_UP})


def build_stories(lines: Iterable[LogLine], rules: Sequence[Rule]) -> tuple[Story, ...]:
    """Tell one story per correlation id, the earliest first."""
    by_correlation: defaultdict[str, list[LogLine]] = defaultdict(list)
    for line in sorted(lines, key=_began):
        if line.correlation_id is not None:
            by_correlation[line.correlation_id].append(line)
    return tuple(
        _Thread(its_lines, rules).story(correlation_id)
        for correlation_id, its_lines in by_correlation.items()
    )


def _began(line: LogLine) -> datetime:
    return line.timestamp - timedelta(milliseconds=line.duration_ms)


class _Thread:
    """The lines of one correlation id, indexed by event."""

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
        # Which events name which cause while no line announces them; the dict keeps them apart.
        self._caused: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for line in lines:
            if line.event_id and line.causation_id and line.event_id not in self._announced:
                self._caused[line.causation_id][line.event_id] = None
        self._placed: set[str] = set()
        self._depth = 0

    def story(self, correlation_id: str) -> Story:
        requests = tuple(
            self._request(line) for line in self._lines if line.message is Message.COMMITTED
        )
        # What no line announces hangs below its cause; without a cause it stands on its own.
        strays = [event_id for event_id in self._of_event if self._is_root(event_id)]
        events = self._events(strays)
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

    def _request(self, line: LogLine) -> Request:
        return Request(
            began_ms=self._ms(_began(line)),
            duration_ms=line.duration_ms,
            service=line.service,
            handler=line.handler,
            emitted=self._events([one.event_id for one in line.emitted]),
        )

    def _events(self, event_ids: Sequence[str]) -> tuple[Event, ...]:
        if self._depth == DEPTH_EVENTS_MAX:
            return ()
        self._depth += 1
        events = []
        for event_id in event_ids:
            # Each event is told once, so that lines which cause each other cannot go in circles.
            if event_id not in self._placed:
                self._placed.add(event_id)
                events.append(self._event(event_id))
        self._depth -= 1
        return tuple(events)

    def _event(self, event_id: str) -> Event:
        lines = self._of_event.get(event_id, [])
        announced = self._announced.get(event_id)
        source = announced.source if announced else _first(line.source for line in lines)
        detail_type = (
            announced.detail_type if announced else _first(line.detail_type for line in lines)
        )
        deliveries = self._deliveries(lines)
        return Event(
            event_id=event_id,
            source=source,
            detail_type=detail_type,
            subject=_first(line.subject for line in lines),
            publications=tuple(
                self._publication(line) for line in lines if line.message in _PUBLICATIONS
            ),
            deliveries=deliveries,
            silent_rules=self._silent_rules(source, detail_type, lines),
            caused=self._events(list(self._caused.get(event_id, ()))),
        )

    def _publication(self, line: LogLine) -> Publication:
        return Publication(
            at_ms=self._ms(line.timestamp),
            service=line.service,
            error=line.error,
            given_up=line.message is Message.GIVEN_UP,
        )

    def _deliveries(self, lines: Sequence[LogLine]) -> tuple[Delivery, ...]:
        runs: defaultdict[tuple[str, str | None, str | None], list[LogLine]] = defaultdict(list)
        for line in lines:
            if line.message not in _PUBLICATIONS:
                runs[line.service, line.handler, line.queue].append(line)
        return tuple(self._delivery(its_lines) for its_lines in runs.values())

    def _delivery(self, lines: Sequence[LogLine]) -> Delivery:
        return Delivery(
            service=lines[0].service,
            handler=lines[0].handler,
            rule=self._rule_name(lines[0]),
            queue=_tail(lines[0].queue, ":"),
            attempts=tuple(map(self._attempt, lines)),
            emitted=self._events([one.event_id for line in lines for one in line.emitted]),
        )

    def _attempt(self, line: LogLine) -> Attempt:
        return Attempt(
            began_ms=self._ms(_began(line)),
            duration_ms=line.duration_ms,
            outcome=line.message,
            number=line.attempt,
            reason=line.reason,
            error=line.error,
            trace_id=line.trace_id,
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
        silent = []
        for rule in self._rules:
            answer = verdict(rule, source, detail_type)
            if answer is not Verdict.NO and logged.isdisjoint({rule.arn, *rule.targets}):
                silent.append(SilentRule(rule.name, answer is Verdict.DEPENDS_ON_CONTENT))
        return tuple(silent)

    def _ms(self, at: datetime) -> float:
        return round((at - self._start) / timedelta(milliseconds=1), 3)


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value is not None))


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _tail(arn: str | None, separator: str) -> str | None:
    return arn.rpartition(separator)[2] if arn else None
