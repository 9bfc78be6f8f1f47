"""Runs the main job against a stage: places orders, waits for their ends, reads the books."""

from datetime import datetime

from rich.console import Console

from trunklab.demo.answers import Kind
from trunklab.demo.books import Books
from trunklab.demo.orders_file import OrdersFile
from trunklab.demo.placing import Placing
from trunklab.demo.progress import OrderProgress
from trunklab.demo.report import Outcomes
from trunklab.demo.verdict import judge
from trunklab.demo.watch import Watch
from trunklab.stage import Stage


def run_orders(stage: Stage, file: OrdersFile, started_at: datetime, console: Console) -> Outcomes:
    """Place all orders of the file; say what became of them once none is left to wait for."""
    with stage.explained():
        books = Books(stage)
        api_url = stage.outputs("orders")["ApiUrl"]
        with Placing(api_url, file.orders) as placing:
            watch = Watch(placing, books)
            _follow(watch, placing, len(file.orders), console)
        verdict = judge(len(file.orders), placing.answers, books.read())
    took_s = _seconds(placing.began_at, watch.last_end_at)
    return Outcomes(
        verdict=verdict,
        broken=file.broken,
        first_done_s=_seconds(started_at, watch.first_end_at),
        orders_per_s=verdict.accepted / took_s if took_s else 0.0,
    )


def _follow(watch: Watch, placing: Placing, orders: int, console: Console) -> None:
    with OrderProgress(console, orders) as progress:
        watch.follow(
            lambda: progress.show(
                placed=len(placing.answers),
                accepted=sum(answer.kind is Kind.ACCEPTED for answer in list(placing.answers)),
                ended=watch.ended,
            )
        )


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds()
