"""Runs the demo against a stage: places orders, waits until they are done, compares the results."""

import contextlib
import shlex
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from shop.order_clients import OrderClients, ResponseKind
from shop.orders_file import OrdersFile
from shop.report import Outcomes, Times, as_json, print_report
from shop.shop_state import ShopState
from shop.verdict import judge, most_instructive
from trunklab import effects, settings
from trunklab.cli.up_command import as_text
from trunklab.local.local_limits import EMULATOR_DYING_S
from trunklab.local.platform import Platform
from trunklab.observe.story_search import search_settled_stories
from trunklab.observe.story_view import render
from trunklab.stage import Stage, StageError

POLL_EVERY_S: Final = 0.2
"""Seconds between two reads of the table."""

ORDERS_PER_POLL_MAX: Final = 1_000
"""Orders read at once, the oldest first: ten calls."""

_QUIET_S: Final = 2.0
"""Seconds in which no order was done, after which the dead letters are read."""

_MARGIN_S: Final = 30.0
"""Seconds to wait in addition to the longest time that a queue retries a message."""

_LINE_EVERY_S: Final = 5.0
"""Seconds between two lines of progress outside a terminal."""

_DONE: Final = frozenset({"PAID", "DECLINED"})


def place(
    platform: Platform, file: OrdersFile, times: Times, progress: Console, results: Console | None
) -> Outcomes:
    """Places all orders of the file; prints and returns their outcomes once each is done.

    An order that can no longer be retried is unfinished. Without a console for the results, prints
    one JSON document on standard output. Raises StageError, or the reason why the platform ended.
    """
    stage = Stage(settings.LOCAL_STAGE, platform.endpoint)
    try:
        outcomes = _run_orders(stage, file, times, progress, platform.check_alive)
        if results is None:
            sys.stdout.write(as_json(outcomes) + "\n")
        else:
            _print(outcomes, stage, results)
    except StageError:
        platform.check_alive(EMULATOR_DYING_S)  # a dead emulator is the better reason
        raise
    return outcomes


def serve(platform: Platform, console: Console, outcomes: Outcomes, file: Path) -> None:
    """Prints commands that place an order and show its story; serves until interrupted."""
    lines = [as_text(platform)]
    accepted = [result for result in outcomes.verdict.results if result.order_id is not None]
    if accepted:
        stage = Stage(settings.LOCAL_STAGE, platform.endpoint)
        url = shlex.quote(f"{stage.outputs('orders')['ApiUrl']}/orders")
        order = f"sed -n {accepted[0].line}p {shlex.quote(as_typed(file))}"
        trunkline = shlex.quote(as_typed(Path(sys.executable).with_name("trunkline")))
        lines += ["place an order, then see what happens to one:", ""]
        lines += [f"  {order} | curl -d @- -H 'Content-Type: application/json' {url}"]
        lines += [f"  {trunkline} story {accepted[0].order_id} --endpoint {platform.endpoint}", ""]
    console.print("\n".join(lines), highlight=False, soft_wrap=True, markup=False)
    with contextlib.suppress(KeyboardInterrupt):
        platform.serve()


def as_typed(path: Path) -> str:
    """Returns a path as it can be typed in the current folder."""
    below = path.absolute().is_relative_to(Path.cwd())
    return str(path.absolute().relative_to(Path.cwd()) if below else path)


def _print(outcomes: Outcomes, stage: Stage, console: Console) -> None:
    shown = most_instructive(outcomes.verdict)
    if shown is not None and shown.order_id is not None:
        stories = search_settled_stories(stage, shown.order_id, outcomes.times.began).stories
        render(stories, console)
        console.print()
    print_report(outcomes, console)
    console.print(f"\n{outcomes.times_line}\n{outcomes.last_line}", highlight=False, soft_wrap=True)


def _run_orders(
    stage: Stage,
    file: OrdersFile,
    times: Times,
    console: Console,
    check_alive: Callable[[], None],
) -> Outcomes:
    with stage.explained():
        state = ShopState(stage)
        api_url = stage.outputs("orders")["ApiUrl"]
        with OrderClients(api_url, file.orders) as clients:
            watch = Watch(clients, state)
            with _OrderProgress(console, len(file.orders)) as progress:
                watch.follow(lambda: progress.show(clients, watch.done), check_alive)
        verdict = judge(len(file.orders), clients.responses, state.read())
    took_s = _seconds(clients.began_at, watch.last_done_at)
    return Outcomes(
        verdict=verdict,
        broken=file.broken,
        times=times,
        first_done_s=_seconds(times.ready, watch.first_done_at),
        orders_per_s=verdict.accepted / took_s if took_s else 0.0,
    )


class Watch:
    """Polls accepted orders until each is done."""

    def __init__(self, clients: OrderClients, state: ShopState) -> None:
        self.done = 0
        self.first_done_at: datetime | None = None
        self.last_done_at: datetime | None = None
        self._clients = clients
        self._state = state
        self._responses_seen = 0
        self._open: dict[str, None] = {}
        self._moved_s = effects.monotonic()

    def follow(self, report: Callable[[], None], check_alive: Callable[[], None]) -> None:
        """Polls until no order is open, or none can be retried any more.

        `check_alive` raises when the stage has ended: its reason is better than a failed call's.
        """
        timeout_s = self._state.retry_s_max + _MARGIN_S
        checked_s = effects.monotonic()
        while True:
            all_answered = self._clients.is_done
            check_alive()
            self._poll()
            report()
            now_s = effects.monotonic()
            if all_answered and (not self._open or now_s - self._moved_s > timeout_s):
                return
            if all_answered and now_s - max(checked_s, self._moved_s) > _QUIET_S:
                self._close_dead_lettered()
                checked_s = now_s
            effects.sleep(POLL_EVERY_S)

    def _poll(self) -> None:
        responses = self._clients.responses[self._responses_seen :]
        self._responses_seen += len(responses)
        self._open |= {response.order_id: None for response in responses if response.order_id}
        if responses:
            self._moved_s = effects.monotonic()
        polled = list(self._open)[:ORDERS_PER_POLL_MAX]
        statuses = self._state.statuses(polled)
        done = [order_id for order_id in polled if statuses.get(order_id) in _DONE]
        for order_id in done:
            del self._open[order_id]
        if done:
            self.done += len(done)
            self._moved_s = effects.monotonic()
            self.last_done_at = effects.now()
            self.first_done_at = self.first_done_at or self.last_done_at
            self._clients.first_is_done()

    def _close_dead_lettered(self) -> None:
        for letter in self._state.dead_letters():
            if letter.subject is not None:
                self._open.pop(letter.subject, None)


class _OrderProgress(Progress):
    """Progress of the orders: bars on a terminal, elsewhere a line every few seconds."""

    def __init__(self, console: Console, orders: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        disable = not console.is_terminal
        super().__init__(*columns, TimeElapsedColumn(), console=console, disable=disable)
        self._orders = orders
        self._shown_s = effects.monotonic()
        self._placed = self.add_task("placed", total=orders)
        self._done = self.add_task("done", total=orders)

    def show(self, clients: OrderClients, done: int) -> None:
        """Shows how many orders were placed, accepted and done."""
        responses = list(clients.responses)
        accepted = sum(response.kind is ResponseKind.ACCEPTED for response in responses)
        self.update(self._placed, completed=len(responses))
        self.update(self._done, completed=done, total=max(accepted, 1))
        now_s = effects.monotonic()
        if self.disable and now_s - self._shown_s >= _LINE_EVERY_S:
            self._shown_s = now_s
            self.console.print(
                f"placed {len(responses)} of {self._orders}, {accepted} accepted, {done} done",
                highlight=False,
            )


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds()
