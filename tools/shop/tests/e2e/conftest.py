"""The stage under test: `--stage`, by default the local platform of the test session."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from shop.tests.e2e.shop import Shop
from trunklab import effects, settings
from trunklab.local.platform import Platform
from trunklab.stage import Stage

POLL_S = 0.2
"""Seconds between two looks at something that is waited for."""

WITHIN_S = 60.0
"""Seconds in which what was caused must have happened, on a deployed stage too."""

_Seen = TypeVar("_Seen")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the same tests run against a deployed stage."""
    parser.addoption("--stage", default=settings.LOCAL_STAGE, help="the stage that is tested")


@pytest.fixture(scope="session")
def shop(request: pytest.FixtureRequest) -> Shop:
    """Give the shop of the stage that was asked for."""
    # The option is unknown where this folder is only one of many: then the tests run locally.
    name = request.config.getoption("--stage", default=settings.LOCAL_STAGE)
    if name != settings.LOCAL_STAGE:
        return Shop(Stage(name))
    platform: Platform = request.getfixturevalue("platform")
    return Shop(Stage(name, platform.endpoint))


@pytest.fixture
def eventually() -> Callable[[Callable[[], _Seen]], _Seen]:
    """Look again and again until something is there; the only place where a test waits."""

    def wait(check: Callable[[], _Seen]) -> _Seen:
        give_up_s = effects.monotonic() + WITHIN_S
        while not (seen := check()):
            assert effects.monotonic() < give_up_s, f"not within {WITHIN_S:.0f} s"
            effects.sleep(POLL_S)
        return seen

    return wait
