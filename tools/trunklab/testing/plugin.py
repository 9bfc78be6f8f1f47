"""Fixtures for pytest: services under test, on one local platform for the whole session.

In a conftest.py: `pytest_plugins = ["trunklab.testing.plugin"]`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from schemas import CONTRACTS
from schemas.event import Event
from trunklab import settings
from trunklab.errors import EnvironmentMissingError
from trunklab.local.platform import Wanted, running
from trunklab.testing import stack
from trunklab.testing.clients import Clients
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.service import Service

StartService = Callable[..., Service]
"""`start_service(folder, contracts=…, environment=…)`, see the fixture."""


@pytest.fixture(scope="session")
def emulated_aws() -> Iterator[Clients]:
    """Clients of a local platform with nothing deployed; without its environments tests skip."""
    try:
        with running(Wanted((), port=0)) as platform:
            clients = Clients.of(platform.endpoint)
            yield clients
            clients.close()
    except EnvironmentMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def start_service(emulated_aws: Clients) -> Iterator[StartService]:
    """Makes a service of the folder that its template lies in, for this test alone.

    `contracts` are those that the bus may hear (default: all of the catalog), `environment`
    replaces variables of the template.
    """
    with ExitStack() as opened:

        def start(
            folder: str | Path,
            *,
            contracts: Iterable[type[Event]] = CONTRACTS,
            environment: Mapping[str, str] | None = None,
        ) -> Service:
            read = stack.read(settings.REPOSITORY / folder / "template.yaml")
            platform = stack.read(settings.REPOSITORY / "template.yaml")
            sandbox = opened.enter_context(Sandbox.of(emulated_aws, platform, read))
            service = Service(read, sandbox, contracts, environment or {})
            opened.callback(service.close)
            return service

        yield start
