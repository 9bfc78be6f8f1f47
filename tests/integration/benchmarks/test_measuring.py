"""Each benchmark at its smallest: both sides run and do their work, and the ratio is kept."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import cold_start, package_size, publishing, warm_cpu
from benchmarks.errors import BenchmarkError
from benchmarks.orders import batches, limits, make_orders
from benchmarks.process import Function
from benchmarks.report import Report
from benchmarks.verdict import require_right

IDLE = '''"""A handler that says that all went well."""


def handler(event: object, context: object) -> dict[str, list[object]]:
    return {"batchItemFailures": []}
'''

FAILING = '''"""A handler that leaves its first message in the queue."""


def handler(event, context):
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
'''


def printed(report: Report) -> str:
    """All that was said."""
    assert isinstance(report.stream, io.StringIO)
    return report.stream.getvalue()


def with_handler(function: Function, folder: Path, code: str) -> Function:
    """The same side with another handler."""
    (folder / "odd").mkdir()
    (folder / "odd" / "other.py").write_text(code)
    side = replace(function.side, handler="other.handler", sweep="")
    return Function(side, folder / "odd", function.stub)


@pytest.mark.sampled
def test_a_cold_start_is_measured(functions: tuple[Function, ...], report: Report) -> None:
    """Of both sides, with what their imports cost."""
    cold_start.measure(functions, report, rounds=1)

    assert report.ratios["cold_start"] > 0
    assert all(name in printed(report) for name in ("Trunkline imports", "Powertools imports"))


@pytest.mark.sampled
def test_warm_functions_are_measured(functions: tuple[Function, ...], report: Report) -> None:
    """CPU, AWS calls and write units of each event, the sweep's share included."""
    warm_cpu.measure(functions, report, rounds=1, batches_per_round=2)

    assert report.ratios.keys() == {"warm_cpu", "aws_calls"}
    assert "WCU" in printed(report)
    assert "of it sweep" in printed(report)


def test_the_peer_makes_the_calls_that_its_documentation_says(
    functions: tuple[Function, ...],
) -> None:
    """A write that takes the event and one that ends it, around its own three calls."""
    peer = functions[1]
    orders = make_orders(20, 1, datetime(2026, 1, 31, tzinfo=UTC))
    peer.stub.reset({"payments": limits(orders)})

    with peer.warm(sampled=True) as warm:
        warm.batches(batches(orders))

    seen = peer.stub.seen()
    require_right(peer.side, orders, seen)
    assert seen.calls == {"PutItem": 40, "UpdateItem": 20, "GetItem": 20, "PutEvents": 20}
    assert seen.units["write"] == 60
    assert seen.traces["datagrams"] > 20


@pytest.mark.parametrize("index", [0, 1], ids=["Trunkline", "Powertools"])
def test_a_duplicate_has_no_second_effect(functions: tuple[Function, ...], index: int) -> None:
    """Both sides are measured with what they are for."""
    one = functions[index]
    orders = make_orders(10, 1, datetime(2026, 1, 31, tzinfo=UTC))
    one.stub.reset({"payments": limits(orders)})

    with one.warm(sampled=False) as warm:
        warm.batches(batches(orders) * 2)

    require_right(one.side, orders, one.stub.seen())


def test_publishing_is_measured(functions: tuple[Function, ...], report: Report) -> None:
    """Ours, bare batches and single calls."""
    publishing.measure(functions[0], report, rounds=1, events=20)

    assert report.ratios.keys() == {"publish_vs_single", "publish_vs_bare"}


@pytest.mark.sampled
def test_the_package_is_measured_as_it_is_deployed(tmp_path: Path, report: Report) -> None:
    """Zipped, by its parts."""
    package_size.measure(tmp_path, report)

    archive = (tmp_path / "Trunkline.zip").stat().st_size
    assert report.ratios["package_mb"] == archive / package_size.MEGABYTE
    assert "boto" not in printed(report).partition("ships")[2]


def test_a_handler_that_does_nothing_is_not_measured(
    functions: tuple[Function, ...], report: Report, tmp_path: Path
) -> None:
    """It would be the fastest of all."""
    idle = with_handler(functions[0], tmp_path, IDLE)

    with pytest.raises(BenchmarkError, match="0 events instead of one"):
        cold_start.measure((idle, functions[1]), report, rounds=1)


def test_a_handler_that_leaves_messages_is_not_measured(
    functions: tuple[Function, ...], report: Report, tmp_path: Path
) -> None:
    """Neither cold nor warm."""
    failing = with_handler(functions[0], tmp_path, FAILING)

    for measure in (cold_start.measure, warm_cpu.measure):
        with pytest.raises(BenchmarkError, match="left messages in the queue"):
            measure((failing, functions[1]), report, rounds=1)


@pytest.mark.parametrize(
    ("code", "said"),
    [("raise RuntimeError('no use')\n", "no use"), ("handler = None\n", "not callable")],
)
def test_a_function_that_fails_is_quoted(
    functions: tuple[Function, ...], report: Report, tmp_path: Path, code: str, said: str
) -> None:
    """What it wrote to standard error stands in the message."""
    broken = with_handler(functions[0], tmp_path, code)

    for measure in (cold_start.measure, warm_cpu.measure):
        with pytest.raises(BenchmarkError, match=said):
            measure((broken, functions[1]), report, rounds=1)
