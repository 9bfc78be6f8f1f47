"""What tests of every kind share."""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests import long_runs, settings
from tests.network import offline
from tests.platforms import platform
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["offline", "platform", "pytest_make_collect_report", "pytest_runtest_makereport"]


@pytest.hookimpl(tryfirst=True)  # before Hypothesis, see long_runs
def pytest_configure(config: pytest.Config) -> None:
    """Let what tests start find only what a user's would."""
    settings.forget_import_path()
    config.pluginmanager.register(long_runs)


class EndToEndTogether(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
    """Gives each file to one process, and all end-to-end tests to one: they share a platform."""

    def _split_scope(self, nodeid: str) -> str:
        file = PurePosixPath(super()._split_scope(nodeid))
        return str(file.parent if "e2e" in file.parts else file)


@pytest.hookimpl(optionalhook=True)  # without xdist nobody asks
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> EndToEndTogether:
    """Returns what `--dist loadfile` means here."""
    return EndToEndTogether(config, log)
