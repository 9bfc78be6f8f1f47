"""A platform with the probe's stack, which has one of everything that is bridged."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import started
from trunklab import effects
from trunklab.local.local_clients import client
from trunklab.local.platform import Platform

PROBE = Path(__file__).parent / "stacks" / "probe" / "template.yaml"
WITHIN_S = 20.0
POLL_S = 0.05


@pytest.fixture(scope="session")
def probe() -> Iterator[Platform]:
    """The platform with the probe's stack."""
    with started(PROBE) as platform:
        yield platform


@pytest.fixture(scope="session")
def aws(probe: Platform) -> Callable[[str], Any]:
    """Make a client of an AWS service of that platform."""
    return partial(client, endpoint=probe.endpoint)


@pytest.fixture(scope="session")
def api_url(probe: Platform) -> str:
    """The address of the probe's HTTP API."""
    return probe.http_apis["probe-local/Api"]


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Look again and again until something is there, and return it."""

    def wait(check: Callable[[], Any]) -> Any:
        deadline = effects.monotonic() + WITHIN_S
        while not (seen := check()):
            assert effects.monotonic() < deadline, f"not within {WITHIN_S:.0f} s"
            effects.sleep(POLL_S)
        return seen

    return wait
