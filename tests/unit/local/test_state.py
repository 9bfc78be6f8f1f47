"""A state folder that cannot be written is said in words."""

from pathlib import Path

import pytest

from trunklab import settings
from trunklab.errors import StateDirectoryError
from trunklab.local import state_folder
from trunklab.local.platform import Wanted, running


def test_a_file_in_its_place_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message has the path and what to do."""
    taken = tmp_path / "state"
    taken.write_text("not a folder")
    monkeypatch.setattr(settings, "STATE_DIRECTORY", taken)
    monkeypatch.setattr(state_folder, "_RUNS", taken / "run")

    with pytest.raises(StateDirectoryError, match=r"state.* cannot be written.*remove it") as said:
        running(Wanted((), port=0)).__enter__()

    assert said.value.exit_status == 2


def test_a_folder_of_another_user_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a start with sudo; root itself may write everywhere."""
    monkeypatch.setattr(settings, "STATE_DIRECTORY", tmp_path)

    with pytest.raises(StateDirectoryError, match="log cannot be written: Permission denied"):
        _refused(tmp_path / "log")


def test_what_is_refused_elsewhere_stays_what_it_is(tmp_path: Path) -> None:
    """Nobody is told to remove a folder that has nothing to do with it."""
    with pytest.raises(PermissionError):
        _refused(tmp_path)


def _refused(path: Path) -> None:
    with state_folder.explained():
        raise PermissionError(13, "Permission denied", str(path))
