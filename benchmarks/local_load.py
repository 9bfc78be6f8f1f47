"""How the local platform bears load: cold requests, memory, a burst, and doing nothing."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3

from benchmarks import local_bus
from benchmarks.errors import BenchmarkError
from benchmarks.report import Report
from trunklab import effects, settings
from trunklab.local.local_clients import client

COLD_REQUESTS: Final = 50
CLIENTS: Final = 8
WARM_REQUESTS: Final = 200
BURST: Final = 10_000
_THOUSAND: Final = 1_000
_BATCH: Final = 10
_IDLE_S: Final = 60.0
"""Seconds that are measured: each schedule of the services fires once."""
_SETTLE_S: Final = 75.0
"""Seconds after which workers without work have ended."""
_ANSWER_S: Final = 60.0
_ORDERS: Final = settings.REPOSITORY / "tools" / "shop" / "orders.jsonl"
_HTTP: Final = urllib3.PoolManager(maxsize=COLD_REQUESTS, retries=False, timeout=_ANSWER_S)


@dataclass(frozen=True)
class Running:
    """The platform with the services of this repository."""

    pid: int
    endpoint: str
    orders_url: str

    def place(self, _number: int) -> int:
        """Places an order; returns the status of the response."""
        order = _ORDERS.read_text("utf-8").partition("\n")[0]
        headers = {"content-type": "application/json"}
        return _HTTP.request("POST", self.orders_url, body=order, headers=headers).status

    def pss_mb(self) -> float:
        """Returns the memory of all its processes; what they share is counted once."""
        total_kb = 0
        for pid in local_bus.process_tree(self.pid):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
            except OSError:  # it has ended meanwhile
                continue
            total_kb += sum(
                int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")
            )
        return total_kb / 1024


def measure(scratch: Path, report: Report, burst: int = BURST) -> None:
    """Prints each figure beside its goal; the burst's is a ratio."""
    report.title("The local platform under load, with the services of this repository")
    began = effects.monotonic()
    with local_bus.ours(scratch):
        ready_s = effects.monotonic() - began
    rows = [["ready without deployment", f"{ready_s:.1f} s", "2 s"]]
    with _running() as platform:
        began = effects.monotonic()
        _place(platform, COLD_REQUESTS, COLD_REQUESTS)
        cold_s = effects.monotonic() - began
        rows.append([f"{COLD_REQUESTS} cold requests at once", f"{cold_s:.1f} s", "10 s"])
        _place(platform, WARM_REQUESTS, CLIENTS)
        rows.append([f"memory with {CLIENTS} clients", f"{platform.pss_mb():.0f} MB", "600 MB"])
        thousands_s = _burst(platform.endpoint, burst)
        after_mb = platform.pss_mb()
        effects.sleep(_SETTLE_S)
        used_s = local_bus.cpu_s(platform.pid)
        effects.sleep(_IDLE_S)
        idle = (local_bus.cpu_s(platform.pid) - used_s) / _IDLE_S * 100
        rows.append(["idle", f"{idle:.1f} % of a core", "2 %"])
        rows.append(["memory after the burst", f"{after_mb:.0f} MB", ""])
        rows.append(["memory later, idle", f"{platform.pss_mb():.0f} MB", ""])
    report.table(["", "measured", "at most"], rows)
    report.keep("burst_tail", thousands_s[0] / thousands_s[-1])


def _place(platform: Running, count: int, clients: int) -> None:
    with ThreadPoolExecutor(clients) as pool:
        statuses = list(pool.map(platform.place, range(count)))
    if refused := [status for status in statuses if status != 202]:  # noqa: PLR2004 - accepted
        raise BenchmarkError(
            f"{len(refused)} of {count} orders were refused, one with {refused[0]}"
        )


def _burst(endpoint: str, count: int) -> list[float]:
    """Returns the seconds in which each thousand of events was received and deleted."""
    events, queues = client("events", endpoint), client("sqs", endpoint)
    url = local_bus.bus_with_rules(endpoint, "burst", 1)
    entry = {"Source": "source-0", "DetailType": "Measured", "EventBusName": "burst"}
    for first in range(0, count, _BATCH):
        details = [json.dumps({"n": first + number}) for number in range(_BATCH)]
        events.put_events(Entries=[{**entry, "Detail": detail} for detail in details])
    seen: set[int] = set()
    thousands_s, began = [], effects.monotonic()
    while found := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=_BATCH).get("Messages"):
        seen |= {json.loads(one["Body"])["detail"]["n"] for one in found}
        entries = [{"Id": one["MessageId"], "ReceiptHandle": one["ReceiptHandle"]} for one in found]
        queues.delete_message_batch(QueueUrl=url, Entries=entries)
        if len(seen) % _THOUSAND == 0:
            thousands_s.append(effects.monotonic() - began)
            began = effects.monotonic()
    if len(seen) != count:
        raise BenchmarkError(f"{len(seen)} of {count} events arrived")
    return thousands_s


@contextmanager
def _running() -> Iterator[Running]:
    command = [sys.executable, "-m", "trunklab.cli", "up", "--port", "0", "--json"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=settings.REPOSITORY
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise BenchmarkError("the platform did not start: run `trunkline up`")
            status: dict[str, Any] = json.loads(line)
            apis: dict[str, str] = status["http_apis"]
            (orders_url,) = (url for name, url in apis.items() if "-orders/" in name)
            yield Running(process.pid, status["endpoint"], f"{orders_url}/orders")
        finally:
            process.terminate()
