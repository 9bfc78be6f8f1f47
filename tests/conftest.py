"""What tests of every kind share."""

from tests.network import offline
from tests.platforms import platform
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["offline", "platform", "pytest_make_collect_report", "pytest_runtest_makereport"]
