"""Tests how log groups are searched, against a small store that pages as CloudWatch Logs does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from trunklab.observe import story_search
from trunklab.observe.story_search import Found, LogSearch

LineWriter = Callable[..., str]
START = datetime(2026, 11, 2, tzinfo=UTC)


class Logs:
    """Log groups in memory: a page per line, found by a quoted term."""

    def __init__(self, groups: dict[str, list[str]]) -> None:
        self._groups = groups
        self.asked: list[dict[str, Any]] = []
        self._operation = ""

    def get_paginator(self, operation: str) -> "Logs":
        """Remember which operation is paged."""
        self._operation = operation
        return self

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Answer page after page."""
        self.asked.append(arguments)
        if self._operation == "describe_log_groups":
            prefix = arguments["logGroupNamePrefix"]
            yield from (
                {"logGroups": [{"logGroupName": name}]}
                for name in self._groups
                if name.startswith(prefix)
            )
            return
        term = arguments["filterPattern"].strip('"')
        for number, text in enumerate(self._groups[arguments["logGroupName"]]):
            event = {"logStreamName": "s", "timestamp": number, "message": text}
            yield {"events": [event] if term in text else []}


def test_a_visit_leads_to_all_lines_of_its_correlation(line: LineWriter) -> None:
    """Also to those that do not name the order, in other groups; each line counts once."""
    logs = Logs(
        {
            "/trunkline/local/visits": [
                line("request committed"),
                line("events published", events=[{}]),
            ],
            "/trunkline/local/tickets": [
                line("event handled", subject="return-7"),
                line("event handled", subject="return-8", correlation_id="other"),
                "START RequestId: 1",
            ],
            "/elsewhere/local/visits": [line("event handled")],
        }
    )

    found = _find(logs, "visit-1")

    assert found.groups == ("/trunkline/local/visits", "/trunkline/local/tickets")
    assert sorted(one.message for one in found.lines) == [
        "event handled",
        "events published",
        "request committed",
    ]
    assert not found.cut_short


@pytest.mark.parametrize("wanted", ["visit-1", "corr-1", "e-1"])
def test_every_kind_of_id_leads_to_the_same(line: LineWriter, wanted: str) -> None:
    """Subjects, correlation ids and event ids are all found in log lines."""
    logs = Logs(
        {"/trunkline/local/visits": [line("events published", events=[{"event_id": "e-1"}])]}
    )

    assert len(_find(logs, wanted).lines) == 1


def test_a_line_that_only_mentions_the_id_is_no_hit(line: LineWriter) -> None:
    """The logs are searched as text; the fields decide."""
    logs = Logs({"/trunkline/local/visits": [line("event failed", error="see visit-2")]})

    assert _find(logs, "visit-2").lines == ()


def test_a_search_says_that_a_bound_cut_it_short(
    line: LineWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a story must not look like a whole one."""
    monkeypatch.setattr(story_search, "PAGES_MAX", 3)
    logs = Logs({"/trunkline/local/visits": ["noise"] * 3 + [line("event handled")]})

    found = _find(logs, "visit-1")

    assert (found.lines, found.cut_short) == ((), True)


def test_the_search_begins_where_it_was_told_to() -> None:
    """Time bounds what a search costs on AWS."""
    logs = Logs({"/trunkline/local/visits": []})

    _find(logs, "visit-1")

    assert logs.asked[1]["startTime"] == START.timestamp() * 1000
    assert logs.asked[1]["filterPattern"] == '"visit-1"'


def _find(logs: Logs, wanted: str) -> Found:
    return LogSearch(logs, "local", START).find(wanted)
