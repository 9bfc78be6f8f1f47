"""Tests the main job as a user runs it: with a file of their own, on a platform of its own."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from shop.tests.e2e.examples import an_order
from trunklab import effects, settings
from trunklab.local.http.listeners import LOOPBACK, ask_status

Demo = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(
    "config.getoption('--stage', default='local') != 'local'",
    reason="the demo starts a local platform itself",
)

ORDERS_FOR_LONG = 5_000
"""Orders that keep a demo busy for longer than a test looks at it."""

SOON_S = 12.0
"""Seconds in which a demo has to say that its emulator has ended; two failed calls fit in."""

LAST_LINE = re.compile(
    r"demo: (\d+) orders, (\d+) accepted, (\d+) captured, (\d+) declined, (\d+) dead-lettered, "
    r"first order done after (\d+\.\d) s, (\d+\.\d) orders/s"
)


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    """Run `shop demo` on a file with these lines."""

    def run(lines: list[bytes], *options: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "orders.jsonl"
        path.write_bytes(b"\n".join(lines))
        return _run("--orders", str(path), "--port", "0", *options)

    return run


def test_the_last_line_adds_up(demo: Demo) -> None:
    """Responses and tables are compared, and every line is accounted for."""
    refused: dict[str, Any] = an_order() | {"lines": []}
    lines = [
        *map(_line, [an_order(), an_order(amount_minor=100_001), an_order()]),
        b"{broken",
        b"",
        _line(refused),
        b"\xff",
    ]

    run = demo(lines)

    match = LAST_LINE.fullmatch(run.stdout.splitlines()[-1])
    assert run.returncode == 0, run.stderr
    assert match is not None, run.stdout
    assert match.groups()[:5] == ("4", "3", "2", "1", "0")
    assert "line 4 is not JSON" in run.stdout
    assert "line 6 refused: lines:" in run.stdout
    assert "line 7 is not UTF-8" in run.stdout
    assert "tell-customer: handled" in run.stdout


@pytest.mark.sampled
def test_a_served_demo_shows_commands_that_can_be_typed(tmp_path: Path) -> None:
    """One places an order; one shows what happened to an order of this run."""
    path = tmp_path / "orders.jsonl"
    path.write_bytes(b"{broken\n" + _line(an_order()))
    words = _command("--orders", str(path), "--port", "0", "--serve")
    with subprocess.Popen(  # noqa: S603 - our own command
        words,
        cwd=settings.REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        shown = [line for line in _until(process.stderr, " story ") if line.startswith("  ")]
        place, story = (shlex.split(line) for line in shown[-2:])
        body = path.read_bytes().splitlines()[int(place[2].removesuffix("p")) - 1]
        request = urllib.request.Request(place[-1], body, {"Content-Type": "application/json"})  # noqa: S310 - our own address
        with urllib.request.urlopen(request) as response:  # noqa: S310 - the same
            status = response.status
        told = subprocess.run(  # noqa: S603 - the command that the demo shows
            story, cwd=settings.REPOSITORY, capture_output=True, text=True, check=False
        )
        process.send_signal(signal.SIGINT)

    assert place[:2] == ["sed", "-n"]
    assert place[3] == str(path)
    assert status == 202
    assert (told.returncode, process.returncode) == (0, 0)
    assert "handled" in told.stdout


def _until(stream: IO[str], part: str) -> Iterator[str]:
    """Yields lines up to the first that contains a part."""
    for line in stream:
        yield line
        if part in line:
            return


@pytest.mark.sampled
def test_a_script_gets_one_document(demo: Demo) -> None:
    """It has every order with its line, and nothing else is on standard output."""
    run = demo([_line(an_order()), b"[]"], "--json")

    document = json.loads(run.stdout)
    assert document["by_outcome"] == {"captured": 1}
    assert [one["line"] for one in document["results"]] == [1]
    assert [one["number"] for one in document["broken_lines"]] == [2]


@pytest.mark.parametrize("lines", [[b""], [b"{broken"]])
def test_a_file_without_orders_starts_nothing(demo: Demo, lines: list[bytes]) -> None:
    """The file is checked before a platform is started."""
    run = demo(lines)

    assert (run.returncode, run.stdout) == (2, "")
    assert "orders.jsonl cannot be used" in run.stderr
    assert "emulator" not in run.stderr


def test_a_file_that_is_not_there_is_named() -> None:
    """So is the option that gives another."""
    run = _run("--orders", "no/such/file", "--port", "0")

    assert run.returncode == 2
    assert "no/such/file" in run.stderr
    assert "--orders" in run.stderr


@pytest.mark.sampled
def test_an_emulator_that_dies_ends_the_demo_with_its_last_words(
    busy: tuple[subprocess.Popen[str], int],
    eventually: Callable[[Callable[[], Any]], Any],
) -> None:
    """As `up` does; nobody waits for orders that cannot come any more."""
    process, port = busy

    def ready() -> Any:
        assert process.poll() is None
        status = ask_status(LOOPBACK, port)
        return status if status and status["ready"] else None

    os.kill(int(eventually(ready)["emulator"]["pid"]), signal.SIGKILL)
    killed_s = effects.monotonic()
    _, said = process.communicate()

    assert process.returncode == 1
    assert effects.monotonic() - killed_s < SOON_S
    assert "shop demo: the emulator ended with status -9; the end of its log" in said


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A demo that has just begun with many orders, and its port."""
    path = tmp_path / "orders.jsonl"
    path.write_bytes(b"\n".join([_line(an_order())] * ORDERS_FOR_LONG))
    port = _free_port()
    words = _command("--orders", str(path), "--port", str(port))
    with subprocess.Popen(  # noqa: S603  # our own command
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield process, port
        finally:
            process.kill()


def _free_port() -> int:
    """Return a port that is free together with the next one, the HTTP API's."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind((LOOPBACK, 0))
            port = int(first.getsockname()[1])
            try:
                second.bind((LOOPBACK, port + 1))
            except (OSError, OverflowError):
                continue
            return port


def _line(order: dict[str, Any]) -> bytes:
    return json.dumps(order).encode()


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        _command(*arguments),
        env=settings.inherited_environment() | {"PYTHONUTF8": "1"},
        cwd=settings.REPOSITORY,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "shop", "demo", *arguments]
