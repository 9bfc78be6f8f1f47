"""A run has a private folder, which goes with it or with the next run."""

import os
from pathlib import Path

import pytest

from trunklab.local import state_folder

NO_PROCESS = 2**30
"""Greater than any process id of Linux or macOS."""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of all runs, in the test's own folder."""
    monkeypatch.setattr(state_folder, "_RUNS", tmp_path)
    monkeypatch.setattr(state_folder, "UNIX_SOCKET_PATH_BYTES_MAX", 4_096)
    return tmp_path


def test_a_folder_is_the_user_s_own_and_names_its_process(runs: Path) -> None:
    """Nobody else may connect to the socket in it."""
    folder = state_folder.create_run_folder()

    assert folder.parent == runs
    assert folder.name.startswith(f"{os.getpid()}-")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_a_dead_process_left_is_removed_and_nothing_else(runs: Path) -> None:
    """A platform that runs keeps its folder."""
    for name in (f"{NO_PROCESS}-a", f"{os.getpid()}-b", "other-c"):
        (runs / name).mkdir()

    state_folder.create_run_folder()

    left = {path.name.rpartition("-")[2] for path in runs.iterdir()}
    assert {"b", "c"} <= left
    assert "a" not in left


def test_a_path_too_long_for_a_socket_is_not_used(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone may lie deep; the system's folder for temporary files does not."""
    monkeypatch.setattr(state_folder, "UNIX_SOCKET_PATH_BYTES_MAX", 10)

    folder = state_folder.create_run_folder()

    assert folder.is_dir()
    assert not folder.is_relative_to(runs)
    assert list(runs.iterdir()) == []
    folder.rmdir()
