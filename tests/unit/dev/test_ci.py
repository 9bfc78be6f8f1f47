"""A test that is left out on a laptop is a failure in CI; no unit test reaches the network."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.network import NetworkUsedError
from trunklab import settings

SKIPPED = """
import pytest

def test_skipped():
    pytest.skip("no backend here")

@pytest.mark.skip(reason="no backend here")
def test_marked():
    pass

@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    assert False
"""

SKIPPED_MODULE = 'import pytest\npytest.skip("no backend here", allow_module_level=True)\n'


def run_pytest(folder: Path, text: str, ci: str) -> subprocess.CompletedProcess[str]:
    """Run a test file in a pytest of its own, with our rule for skips."""
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.skips", "-p", "no:cacheprovider"]
    return subprocess.run(  # noqa: S603 - constant arguments
        [*command, "--rootdir", str(folder), "-c", str(folder / "pytest.ini"), str(folder)],
        cwd=settings.REPOSITORY,
        env=settings.inherited_environment() | {"CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_passes_on_a_laptop(tmp_path: Path) -> None:
    """Without the variable CI, a missing backend is no failure."""
    done = run_pytest(tmp_path, SKIPPED, ci="")

    assert done.returncode == 0
    assert "2 skipped, 1 xfailed" in done.stdout


def test_a_skip_fails_in_ci(tmp_path: Path) -> None:
    """A skip fails with its own reason, in set-up too; an expected failure stays one."""
    done = run_pytest(tmp_path, SKIPPED, ci="true")

    assert done.returncode == 1
    assert "1 failed, 1 xfailed, 1 error" in done.stdout
    assert "is not run in CI: Skipped: no backend here" in done.stdout


def test_a_skipped_module_fails_in_ci(tmp_path: Path) -> None:
    """A file that skips itself as a whole is not overlooked."""
    done = run_pytest(tmp_path, SKIPPED_MODULE, ci="true")

    assert done.returncode != 0
    assert "is not run in CI: Skipped: no backend here" in done.stdout


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("198.51.100.7", 443)])
def test_a_unit_test_cannot_leave_the_machine(address: tuple[str, int]) -> None:
    """The connection is refused before the first packet."""
    with socket.socket() as connection, pytest.raises(NetworkUsedError):
        connection.connect(address)


def test_a_unit_test_may_talk_to_itself() -> None:
    """A listener on 127.0.0.1 is a part that runs for real."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())

        assert client.getpeername() == server.getsockname()
