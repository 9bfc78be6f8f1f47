"""Runs the main job against a stage: places orders, waits for their ends, reads the books."""

from collections.abc import Callable
from datetime import datetime

from rich.console import Console

from shop.answers import Kind
from shop.books import Books
from shop.orders_file import OrdersFile
from shop.placing import Placing
from shop.progress import OrderProgress
from shop.report import Outcomes
from shop.verdict import judge
from shop.watch import Watch
from trunklab.stage import Stage


def run_orders(
    stage: Stage,
    file: OrdersFile,
    started_at: datetime,
    console: Console,
    check_alive: Callable[[], None],
) -> Outcomes:
    """Place all orders of the file; say what became of them once none is left to wait for.

    `check_alive` is called again and again meanwhile, and raises when the stage has ended.
    """
    with stage.explained():
        books = Books(stage)
        api_url = stage.outputs("orders")["ApiUrl"]
        with Placing(api_url, file.orders) as placing:
            watch = Watch(placing, books)
            with OrderProgress(console, len(file.orders)) as progress:
                watch.follow(lambda: _show(progress, placing, watch), check_alive)
        verdict = judge(len(file.orders), placing.answers, books.read())
    took_s = _seconds(placing.began_at, watch.last_end_at)
    return Outcomes(
        verdict=verdict,
        broken=file.broken,
        first_done_s=_seconds(started_at, watch.first_end_at),
        orders_per_s=verdict.accepted / took_s if took_s else 0.0,
    )


def _show(progress: OrderProgress, placing: Placing, watch: Watch) -> None:
    answers = list(placing.answers)
    progress.show(
        placed=len(answers),
        accepted=sum(answer.kind is Kind.ACCEPTED for answer in answers),
        ended=watch.ended,
    )


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds()
