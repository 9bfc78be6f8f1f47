"""Follows published events through their consumers to their end, from logs and rules."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from trunklab import effects
from trunklab.observe.deployed_rules import Rule, read_rules
from trunklab.observe.log_lines import Message
from trunklab.observe.story import Event, SilentRule, build_stories
from trunklab.observe.story_search import LogSearch
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.pattern import Pattern
from trunklab.stage import Stage
from trunkline.envelope import Envelope

POLL_LOCAL_S: Final = 0.5
POLL_AWS_S: Final = 5.0
"""CloudWatch Logs allows a few FilterLogEvents calls a second, and each log group needs one."""

QUIET_S: Final = 3.0
"""Seconds without a new log line after which rules that filter on content count as not matching.

Logs do not contain the content of the events that a consumer emitted.
"""

CLOCK_SLACK: Final = timedelta(minutes=1)
"""Maximum delay of the clocks of functions behind this machine's."""


class State(StrEnum):
    """The state of an event in one consumer."""

    GOOD = "good"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True)
class Step:
    """The outcome of one event in one consumer, or on the bus."""

    detail_type: str
    consumer: str
    outcome: str
    reason: str
    state: State
    event_id: str


@dataclass(frozen=True)
class Followed:
    """The steps of all events when the wait ended; `is_over` is False after a timeout."""

    steps: tuple[Step, ...]
    is_over: bool
    waited_s: float
    cut_short: bool
    """True if the logs have more lines than a search reads."""

    @property
    def is_good(self) -> bool:
        """True if every consumer has ended without a failure."""
        return self.is_over and all(step.state is State.GOOD for step in self.steps)


def follow(
    stage: Stage, events: Sequence[Envelope], since: datetime, wait_s: float, consumer: str = ""
) -> Followed:
    """Waits until the consumers of the events, and of the events these caused, have ended.

    The events have one correlation id and were sent after `since`. With the name of a service or
    handler as `consumer` only its steps count; without any the wait is not over. Raises StageError.
    """
    start_s = changed_s = effects.monotonic()
    with stage.explained():
        rules = read_rules(stage.client("events"), stage.bus())
        search = LogSearch(stage.client("logs"), stage.name, since - CLOCK_SLACK)
    expected = {one.metadata.event_id: _matching(one, rules) for one in events}
    logged = {one.metadata.event_id: _unlogged(one, expected) for one in events}
    lines = 0
    while True:
        with stage.explained():
            found = search.find(events[0].metadata.correlation_id)
        now_s = effects.monotonic()
        if len(found.lines) != lines:
            changed_s, lines = now_s, len(found.lines)
        for story in build_stories(found.lines, rules):
            logged |= {event.event_id: event for event in story.all_events()}
        steps = tuple(step for event in logged.values() for step in _steps(event, expected))
        is_settled = now_s - changed_s >= QUIET_S or not _is_undecided(logged, expected)
        own = tuple(step for step in steps if not consumer or consumer in step.consumer.split())
        is_over = is_settled and all(step.state is not State.OPEN for step in own or steps)
        if is_over or now_s - start_s > wait_s:
            is_over &= bool(own) or not consumer
            return Followed(own, is_over, now_s - start_s, found.cut_short)
        effects.sleep(POLL_LOCAL_S if stage.is_local else POLL_AWS_S)


def _unlogged(event: Envelope, expected: Mapping[str, frozenset[str]]) -> Event:
    """Returns the event as long as it is in no log: all its rules are silent."""
    event_id = event.metadata.event_id
    silent = tuple(SilentRule(name, filters_content=False) for name in sorted(expected[event_id]))
    return Event(event_id, event.source, event.detail_type, None, silent_rules=silent)


def _matching(event: Envelope, rules: Sequence[Rule]) -> frozenset[str]:
    """Returns the names of the rules that match the event as EventBridge delivers it."""
    delivered = {
        "version": "0",
        "id": event.metadata.event_id,
        "detail-type": event.detail_type,
        "source": event.source,
        "time": event.metadata.occurred_at,
        "resources": [],
        "detail": json.loads(event.detail()),
    }
    matching = set()
    for rule in rules:
        _, _, _, region, account, *_ = rule.arn.split(":")
        try:
            pattern = Pattern.parse(rule.pattern)
        except InvalidPatternError:
            continue  # an operator newer than ours: the log lines alone decide
        if pattern.matches(delivered | {"region": region, "account": account}):
            matching.add(rule.name)
    return frozenset(matching)


_STATES: Final = {
    Message.HANDLED: State.GOOD,
    Message.DUPLICATE: State.GOOD,
    Message.DEAD_LETTERED: State.FAILED,
    Message.FAILED: State.OPEN,
}
"""By the last outcome; a failed event is retried by its queue."""

_FINAL: Final = frozenset({Message.HANDLED, Message.DEAD_LETTERED})


def _steps(event: Event, expected: Mapping[str, frozenset[str]]) -> Iterator[Step]:
    """Yields what the logs, and the rules without a log line, say about one event."""

    def step(consumer: str, outcome: str, state: State, reason: str = "") -> Step:
        return Step(event.detail_type or "event", consumer, outcome, reason, state, event.event_id)

    for delivery in event.deliveries:
        ended = [one for one in delivery.attempts if one.outcome in _FINAL]
        last = (ended or delivery.attempts)[-1]
        who = f"{delivery.service} {delivery.handler or ''}".rstrip()
        reason = ": ".join(filter(None, (last.error, last.reason)))
        yield step(who, last.outcome.removeprefix("event "), _STATES[last.outcome], reason)
    for rule in event.silent_rules:
        names = expected.get(event.event_id)
        if rule.name in names if names is not None else not rule.filters_content:
            yield step(f"rule {rule.name}", "matched, nothing logged by its target yet", State.OPEN)
    refused = [one for one in event.publications if one.error is not None]
    if refused and len(refused) == len(event.publications):
        is_lost = refused[-1].given_up
        outcome = "never published" if is_lost else "not published yet"
        state = State.FAILED if is_lost else State.OPEN
        yield step(refused[-1].service, outcome, state, refused[-1].error or "")


def _is_undecided(logged: Mapping[str, Event], expected: Mapping[str, object]) -> bool:
    """True if a rule may match the unknown content of an event that a consumer emitted."""
    caused = (event for event in logged.values() if event.event_id not in expected)
    return any(rule.filters_content for event in caused for rule in event.silent_rules)
