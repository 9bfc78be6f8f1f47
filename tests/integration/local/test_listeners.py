"""Nothing of the platform can be reached from another machine, nor by a page in a browser."""

import sys

import pytest

from tests.integration.local import processes
from tests.integration.local.command import up
from tests.integration.local.conftest import PROBE
from tests.integration.local.web import send
from trunklab.local.platform import Platform

LOOPBACK = "127.0.0.1"


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")
def test_every_socket_of_the_process_tree_listens_on_loopback_only() -> None:
    """The endpoint, the HTTP API, the collector of traces, the Runtime API of a worker."""
    with up(PROBE) as platform:
        api = platform.status["http_apis"]["probe-local/Api"]
        send("GET", f"{api}/things/1")  # so that a function runs too

        found = processes.listeners(processes.tree(platform.process.pid))

    urls = {f"http://{one.address}:{one.port}" for one in found}
    assert {one.address for one in found} == {LOOPBACK}
    assert urls > {platform.status["endpoint"], api}
    assert len(urls) == 4


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://zoo.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "rebound.example"},
        {"Host": "rebound.example:4566"},
        {"Host": "127.0.0.1.rebound.example"},
    ],
)
def test_a_foreign_page_is_refused_at_every_address(
    probe: Platform, api_url: str, headers: dict[str, str]
) -> None:
    """Neither AWS calls nor the HTTP APIs can be made from a page of someone else's."""
    for url in (f"{probe.endpoint}/_trunkline/status", f"{probe.endpoint}/", f"{api_url}/things/1"):
        assert send("GET", url, headers=headers).status == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost:3000"}, {"Host": "localhost:1"}, {"Host": "a.localhost"}],
)
def test_programs_and_pages_of_this_machine_are_answered(
    probe: Platform, headers: dict[str, str]
) -> None:
    """A front end under development may call its local backend."""
    assert send("GET", f"{probe.endpoint}/_trunkline/status", headers=headers).status == 200
