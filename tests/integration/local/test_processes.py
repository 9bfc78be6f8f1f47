"""Whatever way a platform ends, nothing of it stays behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.local import processes
from tests.integration.local.command import WITHIN_S, Up, trunkline, up
from tests.integration.local.conftest import PROBE
from tests.integration.local.web import send
from tests.interruptible import interruptible
from trunklab import settings
from trunklab.errors import ExitStatus
from trunklab.local import state_folder
from trunklab.local.platform import Platform

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")

Eventually = Callable[[Callable[[], Any]], Any]


def _use(platform: Up) -> set[int]:
    """Have a function run, and return all processes of the platform."""
    api = platform.status["http_apis"]["probe-local/Api"]
    assert send("GET", f"{api}/things/1").status == 201
    tree = processes.tree(platform.process.pid)
    assert len(tree) > 2  # itself, the emulator, the worker
    return tree


def _run_folders(pid: int) -> list[Path]:
    return list((settings.STATE_DIRECTORY / "run").glob(f"{pid}-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_platform_asked_to_stop_takes_everything_with_it(number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the emulator, the functions and their files; the status is good."""
    with up(PROBE) as platform:
        used = _use(platform)

        platform.process.send_signal(number)
        status = platform.process.wait(WITHIN_S)

    assert status == 0
    assert processes.living(used) == set()
    assert _run_folders(platform.process.pid) == []


def test_ctrl_c_before_the_platform_is_ready_is_a_failure() -> None:
    """A script that waits for the platform must not take an interrupted start for a good end."""
    command = [sys.executable, "-m", "trunklab.cli", "up", "--port", "0", "--template", str(PROBE)]
    with subprocess.Popen(  # noqa: S603 - our own command
        interruptible(*command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=WITHIN_S)[0]

    assert process.returncode == ExitStatus.INTERRUPTED, output
    assert "serving" not in output


def test_a_platform_that_is_killed_leaves_no_process_and_its_files_to_the_next_platform(
    probe: Platform, eventually: Eventually
) -> None:
    """Emulator and functions end by themselves; folders are named after their process."""
    with up(PROBE) as killed:
        used = _use(killed)

        killed.process.kill()
        killed.process.wait(WITHIN_S)

    assert eventually(lambda: not processes.living(used))
    assert _run_folders(killed.process.pid)
    state_folder.remove_run_folder(state_folder.create_run_folder())
    assert _run_folders(killed.process.pid) == []
    assert probe.folder.is_dir()


def test_an_emulator_that_dies_ends_the_platform_with_its_last_words() -> None:
    """A platform that cannot serve says so and does not pretend."""
    with up(PROBE) as platform:
        used = _use(platform)

        os.kill(platform.emulator_pid, signal.SIGKILL)
        _, said = platform.process.communicate(timeout=WITHIN_S)

    assert platform.process.returncode == 1
    assert json.loads(said)["error"].startswith("the emulator ended with status -9")
    assert processes.living(used) == set()


def test_status_and_down_find_a_platform_by_its_endpoint() -> None:
    """`down` returns when the platform is gone; then `status` finds nothing."""
    with up(PROBE) as platform:
        at = ("--endpoint", platform.status["endpoint"])
        seen = trunkline("status", *at)
        stopped = trunkline("down", *at)
        gone = trunkline("status", *at)

        assert platform.process.wait(WITHIN_S) == 0

    assert (seen.returncode, stopped.returncode, gone.returncode) == (0, 0, ExitStatus.WRONG_USAGE)
    assert "probe-local" in seen.stdout
    assert "trunkline up" in gone.stderr
