"""What tests of every kind share."""

import pytest

from tests import settings
from tests.network import offline
from tests.platforms import platform
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["offline", "platform", "pytest_make_collect_report", "pytest_runtest_makereport"]


def pytest_configure(config: pytest.Config) -> None:  # noqa: ARG001 - pytest calls it
    """Let what tests start find only what a user's would."""
    settings.forget_import_path()
