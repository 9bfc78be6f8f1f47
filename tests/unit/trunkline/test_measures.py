"""What a function counts, and in which form it writes that down."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from trunkline.bounds import METRIC_VALUES_MAX
from trunkline.measures import Measures

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def measures(monkeypatch: pytest.MonkeyPatch) -> Measures:
    """The measures of a function whose template names a namespace."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Trunkline/test")
    return Measures("payments")


def written(capsys: Capsys) -> list[dict[str, Any]]:
    """The lines on standard output."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_invocation_is_one_line_of_all_that_was_counted(
    measures: Measures, capsys: Capsys
) -> None:
    """In CloudWatch's embedded metric format, with the service as the only dimension."""
    measures.handled(12)
    measures.handled(340.5)
    measures.duplicate()
    measures.failed()
    measures.dead_lettered()
    measures.oldest_row(61)
    measures.flush()

    (line,) = written(capsys)
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert (declared["Namespace"], declared["Dimensions"]) == ("Trunkline/test", [["service"]])
    assert {one["Name"]: one["Unit"] for one in declared["Metrics"]} == {
        "EventsHandled": "Count",
        "DuplicateEvents": "Count",
        "EventsFailed": "Count",
        "EventsDeadLettered": "Count",
        "EventAge": "Milliseconds",
        "OldestOutboxRow": "Seconds",
    }
    assert line["service"] == "payments"
    assert line["EventsHandled"] == [2.0]
    assert line["EventAge"] == [12, 340.5]
    assert line["OldestOutboxRow"] == [61]
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000


def test_what_was_not_counted_is_not_written(measures: Measures, capsys: Capsys) -> None:
    """A metric of zeros would cost as much as one that says something."""
    measures.duplicate()
    measures.flush()

    (line,) = written(capsys)
    assert set(line) == {"_aws", "service", "DuplicateEvents"}


def test_where_nothing_was_counted_nothing_is_written(measures: Measures, capsys: Capsys) -> None:
    """An empty batch, or a second flush."""
    measures.flush()
    measures.failed()
    measures.flush()
    measures.flush()

    assert len(written(capsys)) == 1


def test_an_empty_outbox_is_a_value(measures: Measures, capsys: Capsys) -> None:
    """The alarm takes missing data for a sweep that does not run."""
    measures.oldest_row(0)
    measures.flush()

    assert written(capsys)[0]["OldestOutboxRow"] == [0]


@pytest.mark.parametrize("namespace", [None, ""])
def test_without_a_namespace_nothing_is_counted(
    namespace: str | None, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """Powertools would refuse to write a metric that belongs nowhere."""
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)
    if namespace is not None:
        monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", namespace)
    measures = Measures("payments")

    measures.handled(1)
    measures.oldest_row(0)
    measures.flush()

    assert written(capsys) == []


def test_more_values_than_a_line_may_hold_take_another_line(
    measures: Measures, capsys: Capsys
) -> None:
    """CloudWatch drops the line that holds more; the counts stand in one of them only."""
    for age_ms in range(METRIC_VALUES_MAX + 1):
        measures.handled(age_ms)
    measures.flush()

    first, second = written(capsys)
    assert first["EventsHandled"] == [METRIC_VALUES_MAX + 1]
    assert len(first["EventAge"]) == METRIC_VALUES_MAX
    assert second["EventAge"] == [METRIC_VALUES_MAX]
    assert "EventsHandled" not in second


def test_handlers_on_several_threads_are_all_counted(measures: Measures, capsys: Capsys) -> None:
    """No count is lost between reading a number and writing the next."""
    with ThreadPoolExecutor(8) as pool:
        for _ in range(2_000):
            pool.submit(measures.duplicate)
    measures.flush()

    assert written(capsys)[0]["DuplicateEvents"] == [2_000]


def test_metrics_of_the_handler_itself_stay_apart(measures: Measures, capsys: Capsys) -> None:
    """It may use Powertools' Metrics under another namespace."""
    from aws_lambda_powertools import Metrics  # noqa: PLC0415 - only here somebody uses it

    own = Metrics(namespace="Shop", service="payments")
    own.add_metric("Turnover", "Count", 1)
    measures.failed()
    measures.flush()
    own.flush_metrics()

    ours, theirs = written(capsys)
    assert "Turnover" not in ours
    assert "EventsFailed" not in theirs
