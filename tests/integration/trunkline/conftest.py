"""A real table, bus and queues for each test, and functions that run against them."""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.integration.trunkline import others, things
from tests.integration.trunkline.functions import Function, Start
from tests.integration.trunkline.outside import Outside, make_calls_table
from tests.integration.trunkline.provider import Provider
from tests.integration.trunkline.stage import Clients, Stage, make_stage, remove_bus
from tests.integration.trunkline.units import NOON, fresh
from tests.integration.trunkline.wire import Wire
from tests.platforms import started
from trunklab.local.http import access_key
from trunklab.local.local_clients import client
from trunklab.testing import function_worker
from trunklab.testing.function_process import PROCESSES
from trunkline.aws import AwsClient, Patience
from trunkline.effects import Effects
from trunkline.settings import AwsPlace
from trunkline.sigv4 import Credentials
from trunkline.table import Table

REGION = "us-east-1"


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """An endpoint with every AWS service the runtime uses and nothing deployed."""
    with started() as platform:
        yield platform.endpoint


@pytest.fixture(scope="session")
def signing_key(endpoint: str) -> str:
    """The access key that the endpoint wants, over whatever wire."""
    return access_key.of(endpoint)


@pytest.fixture(scope="session")
def clients(endpoint: str) -> Iterator[Clients]:
    """Clients of that endpoint."""
    made = Clients(*(client(service, endpoint) for service in ("dynamodb", "events", "sqs")))
    yield made
    made.close()


@pytest.fixture
def stage(clients: Clients) -> Iterator[Stage]:
    """A service's table, bus and queues."""
    made = make_stage(clients)
    yield made
    remove_bus(made)  # an account has a hundred


@pytest.fixture(scope="session")
def shared_stage(clients: Clients) -> Stage:
    """One for all tests that use keys of their own."""
    return make_stage(clients)


@pytest.fixture
def dynamodb(endpoint: str, signing_key: str) -> Iterator[AwsClient]:
    """The runtime's own client; its tokens are fresh, or DynamoDB would know them again."""
    effects = Effects.real()
    place = AwsPlace(REGION, Credentials(signing_key, "any"), {"dynamodb": endpoint})
    client = AwsClient("dynamodb", place, Patience(5, 30, attempts=1), effects)
    yield client
    client.close()


@pytest.fixture
def table(shared_stage: Stage, dynamodb: AwsClient) -> Table:
    """The runtime's view of its table."""
    return Table(shared_stage.name, dynamodb, Effects.seeded(1, NOON))


@pytest.fixture
def pk() -> str:
    """A partition that no other test uses."""
    return f"thing#{fresh()}"


@pytest.fixture
def wire(endpoint: str) -> Iterator[Wire]:
    """The wire that the test's functions speak over."""
    with Wire(endpoint).open() as one:
        yield one


@pytest.fixture(scope="session")
def _forkserver() -> Iterator[None]:
    """The process from which functions are forked has imported their code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        PROCESSES.set_forkserver_preload(
            [function_worker.__name__, things.__name__, others.__name__]
        )
        yield


@pytest.fixture
def settings(_forkserver: None, stage: Stage, wire: Wire, signing_key: str) -> dict[str, str]:
    """The environment of a function that speaks over the wire."""
    return {
        "AWS_ENDPOINT_URL": wire.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": signing_key,
        "AWS_SECRET_ACCESS_KEY": "test",
        **stage.settings(),
    }


@pytest.fixture
def start(settings: dict[str, str]) -> Iterator[Start]:
    """Starts a function by its name in `things`; keywords change its environment."""
    running: list[Function] = []

    def run(name: str = "handler", **environment: str) -> Function:
        running.append(Function(name, {**settings, **environment}))
        return running[-1]

    yield run
    for function in running:
        function.stop()


@pytest.fixture
def calls_table(clients: Clients) -> str:
    """A table of calls to the outside world."""
    return make_calls_table(clients.dynamodb)


@pytest.fixture
def outside(clients: Clients, calls_table: str) -> Iterator[Outside]:
    """A provider outside AWS and the table of the calls to it."""
    with Provider().open() as provider:
        yield Outside(provider, clients.dynamodb, calls_table)


@pytest.fixture
def caller(start: Start, outside: Outside) -> Start:
    """Starts a function that may call the provider."""

    def run(name: str = "handler", **environment: str) -> Function:
        return start(name, **{**outside.settings(), **environment})

    return run
