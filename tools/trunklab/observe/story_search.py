"""Searches a stage for the stories of one id, in its log groups and the rules of its bus."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from trunklab import effects
from trunklab.observe.deployed_rules import read_rules
from trunklab.observe.log_lines import LogLine, Parsed, parse_lines
from trunklab.observe.story import Story, build_stories
from trunklab.stage import Stage

PAGES_MAX: Final = 500
"""Pages read of one search; CloudWatch Logs may return many empty ones."""

LINES_MAX: Final = 20_000
"""Log lines read of one group for one id."""

CORRELATIONS_MAX: Final = 20
"""Correlation ids followed for one subject."""

SETTLE_S_MAX: Final = 5.0
"""Seconds in which the last handlers of a flow that has just ended may still run."""

_RETRY_S: Final = 0.5


@dataclass(frozen=True)
class Found:
    """The log lines of an id; `cut_short` is True if the search reached a bound."""

    groups: tuple[str, ...]
    lines: tuple[LogLine, ...]
    malformed: int
    cut_short: bool


@dataclass(frozen=True)
class SearchResult:
    """The log lines of an id, and their stories."""

    found: Found
    stories: tuple[Story, ...]


def search_stories(stage: Stage, wanted: str, since: datetime) -> SearchResult:
    """Searches the logs since a point in time; raises StageError if the stage fails."""
    with stage.explained():
        found = LogSearch(stage.client("logs"), stage.name, since).find(wanted)
        # Without log lines no rule is needed, and perhaps no bus exists.
        rules = read_rules(stage.client("events"), stage.bus()) if found.lines else ()
    return SearchResult(found, build_stories(found.lines, rules))


def search_settled_stories(stage: Stage, wanted: str, since: datetime) -> SearchResult:
    """Searches until every rule that may match has delivered, at most SETTLE_S_MAX."""
    deadline_s = effects.monotonic() + SETTLE_S_MAX
    while True:
        result = search_stories(stage, wanted, since)
        events = (event for story in result.stories for event in story.all_events())
        if not any(event.silent_rules for event in events) or effects.monotonic() > deadline_s:
            return result
        effects.sleep(_RETRY_S)


class LogSearch:
    """A search of a stage's log groups since a point in time."""

    def __init__(self, logs: Any, stage: str, since: datetime) -> None:
        self._logs = logs
        self._since_ms = max(0, int(since.timestamp() * 1000))
        self._texts: dict[tuple[str, str, int, str], str] = {}
        self._cut_short = False
        self._groups = tuple(
            group["logGroupName"]
            for page in self._pages(
                "describe_log_groups", logGroupNamePrefix=f"/trunkline/{stage}/"
            )
            for group in page["logGroups"]
        )

    def find(self, wanted: str) -> Found:
        """Returns every line with a correlation id of this correlation, subject or event id."""
        self._read(wanted)
        correlations = _correlations_of(self._parsed().lines, wanted)
        for correlation in correlations[:CORRELATIONS_MAX]:
            if correlation != wanted:
                self._read(correlation)
        parsed = self._parsed()
        return Found(
            groups=self._groups,
            lines=tuple(line for line in parsed.lines if line.correlation_id in correlations),
            malformed=parsed.malformed,
            cut_short=self._cut_short or len(correlations) > CORRELATIONS_MAX,
        )

    def _parsed(self) -> Parsed:
        return parse_lines(self._texts.values())

    def _read(self, term: str) -> None:
        for group in self._groups:
            events = list(islice(self._events(group, term), LINES_MAX + 1))
            self._cut_short |= len(events) > LINES_MAX
            # The key tells lines apart that two searches return. AWS's eventId would do, but the
            # local emulator has none.
            self._texts |= {
                (group, event["logStreamName"], event["timestamp"], event["message"]): event[
                    "message"
                ]
                for event in events
            }

    def _events(self, group: str, term: str) -> Iterator[Any]:
        pages = self._pages(
            "filter_log_events",
            logGroupName=group,
            filterPattern=f'"{term}"',
            startTime=self._since_ms,
        )
        for number, page in enumerate(pages, start=1):
            self._cut_short |= number == PAGES_MAX
            yield from page["events"]

    def _pages(self, operation: str, **arguments: Any) -> Iterator[Any]:
        return islice(self._logs.get_paginator(operation).paginate(**arguments), PAGES_MAX)


def _correlations_of(lines: tuple[LogLine, ...], wanted: str) -> list[str]:
    named = (
        line.correlation_id
        for line in lines
        if wanted in {line.correlation_id, line.subject, line.event_id}
    )
    return list(dict.fromkeys(id_ for id_ in named if id_ is not None))
