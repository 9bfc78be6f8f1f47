"""Reads what a story needs from AWS: the functions' log lines and the rules of the bus."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from trunklab.observe.deployed_rules import Rule
from trunklab.observe.log_lines import LogLine, Parsed, parse_lines

PAGES_MAX: Final = 500
"""Pages read of one listing or search; CloudWatch Logs may answer with many empty ones."""

LINES_MAX: Final = 20_000
"""Log lines read of one group for one id."""

CORRELATIONS_MAX: Final = 20
"""Correlation ids followed for one subject."""


@dataclass(frozen=True)
class Found:
    """What a search came back with; `cut_short` says that a bound ended it."""

    groups: tuple[str, ...]
    lines: tuple[LogLine, ...]
    malformed: int
    cut_short: bool


class LogSearch:
    """One search of a stage's log groups from a point in time on."""

    def __init__(self, logs: Any, stage: str, since: datetime) -> None:
        self._logs = logs
        self._since_ms = max(0, int(since.timestamp() * 1000))
        self._texts: dict[tuple[str, str, int, str], str] = {}
        self._cut_short = False
        self._groups = tuple(
            group["logGroupName"]
            for page in _pages(
                logs, "describe_log_groups", logGroupNamePrefix=f"/trunkline/{stage}/"
            )
            for group in page["logGroups"]
        )

    def find(self, wanted: str) -> Found:
        """Find every line of the correlation ids that the id stands for.

        The id may be a correlation id itself, or that of a subject or an event, whose lines name
        theirs.
        """
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
            # Keyed by all that tells lines apart, so that none found twice counts twice. The
            # eventId that AWS gives would do, but the local emulator has none.
            self._texts |= {
                (group, one["logStreamName"], one["timestamp"], one["message"]): one["message"]
                for one in events
            }

    def _events(self, group: str, term: str) -> Iterator[Any]:
        pages = _pages(
            self._logs,
            "filter_log_events",
            logGroupName=group,
            filterPattern=f'"{term}"',
            startTime=self._since_ms,
        )
        for number, page in enumerate(pages, start=1):
            self._cut_short |= number == PAGES_MAX
            yield from page["events"]


def read_rules(events: Any, bus: str) -> tuple[Rule, ...]:
    """Read the enabled rules of the bus, without those that AWS itself keeps for archives."""
    return tuple(
        Rule(
            arn=rule["Arn"],
            name=rule["Name"],
            pattern=rule["EventPattern"],
            targets=_targets_of(events, bus, rule["Name"]),
        )
        for page in _pages(events, "list_rules", EventBusName=bus)
        for rule in page["Rules"]
        if "EventPattern" in rule and "ManagedBy" not in rule and rule.get("State") != "DISABLED"
    )


def _targets_of(events: Any, bus: str, rule_name: str) -> tuple[str, ...]:
    return tuple(
        target["Arn"]
        for page in _pages(events, "list_targets_by_rule", EventBusName=bus, Rule=rule_name)
        for target in page["Targets"]
    )


def _pages(client: Any, operation: str, **arguments: Any) -> Iterator[Any]:
    return islice(client.get_paginator(operation).paginate(**arguments), PAGES_MAX)


def _correlations_of(lines: tuple[LogLine, ...], wanted: str) -> list[str]:
    of_wanted = (
        line.correlation_id
        for line in lines
        if wanted in {line.correlation_id, line.subject, line.event_id}
    )
    return list(dict.fromkeys(one for one in of_wanted if one is not None))
