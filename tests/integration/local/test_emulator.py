"""An emulator that does not start is reported with its own last words."""

from pathlib import Path

import pytest

from trunklab import settings
from trunklab.errors import EmulatorError, EnvironmentMissingError
from trunklab.local import emulator


def test_an_emulator_that_ends_while_starting_is_reported_with_its_log(tmp_path: Path) -> None:
    """Here it cannot bind its socket, because the path is too long."""
    folder = tmp_path / ("deep" * 30)
    folder.mkdir()
    launched = emulator.launch(folder, tmp_path / "emulator.log", 1)

    with pytest.raises(EmulatorError, match=r"ended while starting(?s:.)*too long"):
        emulator.wait_until_healthy(launched)

    emulator.stop(launched)


@pytest.mark.parametrize("made", [(), ("bin/python", "lib/python3.13/site-packages/x")])
def test_an_environment_that_is_missing_or_half_made_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: tuple[str, ...]
) -> None:
    """`make setup` repairs both."""
    monkeypatch.setattr(settings, "REPOSITORY", tmp_path)
    for name in made:
        path = tmp_path / ".venvs" / "emulator" / name
        path.parent.mkdir(parents=True)
        path.touch()

    with pytest.raises(EnvironmentMissingError, match=r"is missing: run `make setup`"):
        emulator.launch(tmp_path, tmp_path / "log", 1)
