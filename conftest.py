"""What tests of every kind share."""

import pytest

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
