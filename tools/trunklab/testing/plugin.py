"""Fixtures for pytest: services under test, on one local platform for the whole session.

The workshop's environment registers this module with pytest, so that tests need no conftest.py.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from schemas import CONTRACTS
from schemas.event import Event
from trunklab import settings
from trunklab.errors import EnvironmentMissingError, UsageError
from trunklab.local.platform import Wanted, running
from trunklab.testing import template_stack
from trunklab.testing.sandbox import Clients, Sandbox
from trunklab.testing.service import Service

StartService = Callable[..., Service]
"""`start_service(folder, contracts=…, environment=…)`, see the fixture."""


@pytest.hookimpl(tryfirst=True)  # before a conftest.py imports a service
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Makes the code of services importable, first that of pytest's root folder."""
    sys.path[:0] = _sources(early_config.rootpath)
    sys.path += _sources(settings.REPOSITORY)


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
def start_service(emulated_aws: Clients, pytestconfig: pytest.Config) -> Iterator[StartService]:
    """Makes services, by the folder of their template, for this test alone.

    A relative folder is looked up in pytest's root folder, then in this checkout. `contracts` are
    those of the events that the service may publish (default: all of the catalog). `environment`
    replaces variables of the template.
    """
    with ExitStack() as opened:

        def start(
            folder: str | Path,
            *,
            contracts: Iterable[type[Event]] = CONTRACTS,
            environment: Mapping[str, str] | None = None,
        ) -> Service:
            read = template_stack.read(_template(folder, pytestconfig.rootpath))
            platform = template_stack.read(settings.REPOSITORY / "template.yaml")
            sandbox = opened.enter_context(Sandbox.of(emulated_aws, platform, read))
            service = Service(read, sandbox, contracts, environment or {})
            opened.callback(service.close)
            return service

        yield start


def _sources(root: Path) -> list[str]:
    return [str(folder) for folder in (*root.glob("src"), *sorted(root.glob("services/*/src")))]


def _template(folder: str | Path, root: Path) -> Path:
    """Returns the path of a service's template; raises UsageError if it is missing."""
    tried = [place / folder / "template.yaml" for place in (root, settings.REPOSITORY)]
    for path in tried:
        if path.is_file():
            return path
    places = " or ".join(dict.fromkeys(map(str, tried)))
    raise UsageError(f"No service in {str(folder)!r}: there is no {places}. Name its folder.")
