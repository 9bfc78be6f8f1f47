"""Another user of the machine is not served at any port, whichever way it tries."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integration.local import processes, stranger
from tests.integration.local.command import WITHIN_S, Up, up
from tests.integration.local.conftest import PROBE
from tests.integration.local.web import send
from trunklab import effects
from trunklab.local.local_clients import client
from trunklab.testing.wire import Wire

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's kernel")

Eventually = Callable[[Callable[[], Any]], Any]

STATUS = "/_trunkline/status"


@pytest.fixture(scope="module")
def platform() -> Iterator[Up]:
    """A platform whose function has run, so that all that ever listens does."""
    if os.geteuid() != 0:
        pytest.skip("only root can connect as another user: run this test as root")
    with up(PROBE) as started:
        send("GET", f"{api_of(started)}/things/1")
        yield started


def api_of(platform: Up) -> str:
    """The address of the probe's HTTP API."""
    return str(platform.status["http_apis"]["probe-local/Api"])


def ports(platform: Up) -> list[int]:
    """Every TCP port that a process of the platform listens at."""
    tree = processes.tree(platform.process.pid)
    return sorted(one.port for one in processes.listeners(tree) if one.is_tcp)


def handled(platform: Up, awaited: str) -> set[str]:
    """The URLs of all requests that the HTTP API has handled; none before the awaited one."""
    xray = client("xray", platform.status["endpoint"])
    until = effects.now() + timedelta(minutes=1)
    pages = xray.get_paginator("get_trace_summaries").paginate(
        StartTime=until - timedelta(hours=1), EndTime=until
    )
    urls = {
        json.loads(segment["Document"]).get("http", {}).get("request", {}).get("url")
        for page in pages
        for summary in page["TraceSummaries"]
        for trace in xray.batch_get_traces(TraceIds=[summary["Id"]])["Traces"]
        for segment in trace["Segments"]
    }
    return urls if awaited in urls else set()


def go(way: str, port: int, method: str = "GET", path: str = STATUS) -> Any:
    """Lets the stranger try, and returns what it received."""
    ran = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, stranger.__file__, way, str(port), method, path],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("way", stranger.WAYS)
def test_another_user_is_answered_at_no_port(platform: Up, way: str) -> None:
    """Its connection is closed without a byte, and the platform's user is served as before."""
    listening = ports(platform)

    received = {port: go(way, port) for port in listening}

    assert len(listening) >= 3  # the endpoint, the HTTP API, the Runtime API of its function
    assert {"".join(texts) for texts in received.values()} == {""}
    assert send("GET", f"{platform.status['endpoint']}{STATUS}").status == 200
    assert send("GET", f"{api_of(platform)}/things/1").status == 201


@pytest.mark.parametrize("way", ["sends_and_closes", "many_at_once", "keeps_alive"])
def test_another_user_changes_nothing(platform: Up, way: str) -> None:
    """A request that was sent and left is not carried out either, as root's or anybody's."""
    bucket = f"stranger-{way.replace('_', '-')}"

    go(way, urlsplit(platform.status["endpoint"]).port or 0, "PUT", f"/{bucket}")

    # What was accepted before this call is carried out before it.
    s3 = client("s3", platform.status["endpoint"])
    s3.create_bucket(Bucket=f"own-{bucket}")
    names = {one["Name"] for one in s3.list_buckets()["Buckets"]}
    assert f"own-{bucket}" in names
    assert bucket not in names


@pytest.mark.parametrize("way", ["sends_and_closes", "many_at_once", "keeps_alive"])
def test_another_user_invokes_no_function(platform: Up, way: str, eventually: Eventually) -> None:
    """Each request that an HTTP API handles leaves a segment in X-Ray."""
    api, path = api_of(platform), f"/things/stranger-{way}"

    go(way, urlsplit(api).port or 0, "GET", path)

    # What was accepted before this request leaves its segment first.
    own = f"{api}/things/own-{way}"
    assert send("GET", own).status == 201
    urls = eventually(lambda: handled(platform, own))
    assert f"http://localhost{path}" not in urls


@pytest.mark.parametrize("way", stranger.WAYS)
def test_another_user_is_answered_at_no_wire(platform: Up, way: str) -> None:
    """A wire of prover or tests passes calls on as the owner's, so it serves the owner only."""
    with Wire(platform.status["endpoint"]).open() as wire:
        received = go(way, urlsplit(wire.endpoint).port or 0)

        assert "".join(received) == ""
        assert wire.calls == []
        send("GET", f"{wire.endpoint}{STATUS}")
        assert len(wire.calls) == 1


def test_a_connection_that_is_kept_alive_outlives_the_refusal_of_others(platform: Up) -> None:
    """Its user was asked for when it was accepted."""
    address = urlsplit(platform.status["endpoint"])
    connection = http.client.HTTPConnection(address.netloc, timeout=WITHIN_S)
    statuses = []

    for _ in range(2):
        connection.request("GET", STATUS)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
        go("many_at_once", address.port or 0)
    connection.close()

    assert statuses == [200, 200]
