"""A test that is left out on a laptop is a failure in CI; no unit test reaches the network."""

import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.network import NetworkUsedError
from trunklab import settings
from trunklab.dev.style.source_files import read_sources

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

ALONE = tuple(
    word
    for name in ("cacheprovider", "trunklab.testing.plugin", "xdist", "hypothesispytest")
    for word in ("-p", f"no:{name}")
)
"""Only what is tested: other plugins take seconds to import."""

SKIPPED_MODULE = 'import pytest\npytest.skip("no backend here", allow_module_level=True)\n'


def run_pytest(folder: Path, text: str, ci: str) -> subprocess.CompletedProcess[str]:
    """Runs a test file in a pytest of its own, with our rule for skips."""
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.skips", *ALONE]
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


def test_every_test_file_is_run_by_make_test() -> None:
    """A folder of tests outside of testpaths would be forgotten without a word."""
    text = (settings.REPOSITORY / "pyproject.toml").read_text("utf-8")
    paths = tomllib.loads(text)["tool"]["pytest"]["ini_options"]["testpaths"]
    files = [source.path for source in read_sources(settings.REPOSITORY) if source.tests]

    assert len(files) > len(paths)
    assert [file for file in files if not any(map(file.is_relative_to, paths))] == []
