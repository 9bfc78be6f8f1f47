"""Tests which logged lines a story is made of."""

import json
from collections.abc import Callable

import pytest

from trunklab.observe.log_lines import parse_lines

LineWriter = Callable[..., str]

NOT_OURS = [
    "",
    "START RequestId: 8f507cfc Version: $LATEST",
    '{"level": "INFO", "message": "event handl',
    '{"level": "INFO", "message": "ticket declined", "correlation_id": "corr-1"}',
    '{"message": {"event handled": true}}',
    '{"message": ["event handled"]}',
    '"event handled"',
    "null",
    "[" * 100_000,
]

MALFORMED = [
    {"timestamp": "yesterday"},
    {"timestamp": "2026-11-02T10:00:00"},
    {"timestamp": None},
    {"service": 7},
    {"correlation_id": {}},
    {"emitted": "e-1"},
    {"emitted": [{"event_id": "e-1"}]},
    {"attempt": "first"},
    {"duration_ms": -5},
]


@pytest.mark.parametrize("text", NOT_OURS)
def test_what_others_logged_is_ignored(text: str) -> None:
    """A function may print what it likes; only the runtime's own lines tell the story."""
    parsed = parse_lines([text])

    assert (parsed.lines, parsed.malformed) == ((), 0)


@pytest.mark.parametrize("fields", MALFORMED, ids=json.dumps)
def test_a_malformed_line_of_ours_is_counted(line: LineWriter, fields: dict[str, object]) -> None:
    """A line that cannot be understood is mentioned, and the others are read."""
    parsed = parse_lines([line("event handled", **fields), line("event handled")])

    assert len(parsed.lines) == 1
    assert parsed.malformed == 1


def test_a_line_of_several_events_is_read_as_one_line_each(line: LineWriter) -> None:
    """One line tells of all events of a call; each has ids of its own, and the line's service."""
    events = [{"event_id": "e-1"}, {"event_id": "e-2", "correlation_id": "corr-2"}]

    parsed = parse_lines([line("events published", events=events)])

    told = [(one.event_id, one.correlation_id, one.service) for one in parsed.lines]
    assert told == [("e-1", "corr-1", "visits"), ("e-2", "corr-2", "visits")]
    assert parsed.malformed == 0


@pytest.mark.parametrize("events", [None, "e-1", ["e-1"], [{"event_id": 7}], {"event_id": "e-1"}])
def test_a_malformed_list_of_events_is_counted(line: LineWriter, events: object) -> None:
    """Nothing is made up of it."""
    parsed = parse_lines([line("events published", events=events)])

    assert (parsed.lines, parsed.malformed) == ((), 1)


def test_a_handlers_own_list_of_events_is_left_alone(line: LineWriter) -> None:
    """It may append what keys it likes to its lines."""
    parsed = parse_lines([line("event handled", events=["mine"], event_id="e-1")])

    assert [one.event_id for one in parsed.lines] == ["e-1"]


@pytest.mark.parametrize("field", ["error_type", "error_code"])
def test_every_kind_of_error_is_read(line: LineWriter, field: str) -> None:
    """Failures of handlers and refused publications name their error differently."""
    parsed = parse_lines([line("event failed", **{field: "KeyError"})])

    assert parsed.lines[0].error == "KeyError"


@pytest.mark.parametrize("field", ["reason", "error"])
def test_every_kind_of_reason_is_read(line: LineWriter, field: str) -> None:
    """A dead letter has a reason, a failure may have a text."""
    parsed = parse_lines([line("event failed", **{field: "out of stock"})])

    assert parsed.lines[0].reason == "out of stock"
