"""Everything that is not ours passes through the endpoint unchanged."""

import base64
import gzip
import logging
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integration.local.conftest import WITHIN_S
from tests.integration.local.web import send
from trunklab.local.http import request_checks
from trunklab.local.platform import Platform

Aws = Callable[[str], Any]
BUCKET = "front-probe"


@pytest.fixture(scope="module")
def s3(aws: Aws) -> Any:
    """A client of S3, and an empty bucket."""
    found = aws("s3")
    found.create_bucket(Bucket=BUCKET)
    return found


@pytest.mark.parametrize("key", ["plain", "a b/c+d", "ä%20ö", "a/../b", "?query=no"])
def test_names_with_special_characters_arrive_as_they_were_sent(s3: Any, key: str) -> None:
    """A path is not decoded and encoded again on its way."""
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"content")

    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"content"
    assert key in [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_bodies_of_every_size_arrive_whole(s3: Any, size: int) -> None:
    """And HEAD tells the size without a body."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    s3.put_object(Bucket=BUCKET, Key="body", Body=body)

    assert s3.head_object(Bucket=BUCKET, Key="body")["ContentLength"] == size
    assert s3.get_object(Bucket=BUCKET, Key="body")["Body"].read() == body


def test_a_compressed_body_arrives_as_it_was_sent(s3: Any, api_url: str) -> None:
    """S3 keeps it, with its encoding; a function gets it as base64, as from API Gateway."""
    body = gzip.compress(b"content")
    s3.put_object(Bucket=BUCKET, Key="compressed", Body=body, ContentEncoding="gzip")
    kept = s3.get_object(Bucket=BUCKET, Key="compressed")

    event = send("POST", f"{api_url}/things", body, {"Content-Encoding": "gzip"}).json()

    assert (kept["Body"].read(), kept["ContentEncoding"]) == (body, "gzip")
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body


@pytest.mark.parametrize("coding", ["gzip", "GZIP", " gzip ", "deflate, gzip"])
@pytest.mark.parametrize("body", [b"plain", b"\x1f", b"\x8b\x1f", b"{}"])
def test_a_plain_body_that_says_it_is_gzip_is_refused(
    probe: Platform, api_url: str, coding: str, body: bytes
) -> None:
    """With 400, as the client's mistake, and not as one of the platform."""
    headers = {"Content-Encoding": coding}

    replies = [send("PUT", f"{probe.endpoint}/{BUCKET}/plain", body, headers)]
    replies.append(send("POST", f"{api_url}/things", body, headers))

    assert [reply.status for reply in replies] == [400, 400]
    assert all("is not gzip" in reply.json()["message"] for reply in replies)


@pytest.mark.parametrize(
    ("coding", "body"), [("gzip", b""), ("identity", b"plain"), ("br", b"plain"), ("", b"plain")]
)
def test_a_body_of_another_coding_or_without_content_is_passed_on(
    api_url: str, coding: str, body: bytes
) -> None:
    """What it means is the function's business."""
    reply = send("POST", f"{api_url}/things", body, {"Content-Encoding": coding})

    assert reply.status == 201


@pytest.mark.parametrize(
    "request_head",
    [
        b"Content-Length: 99\r\n\r\nabc",
        b"Content-Length: 99\r\nExpect: 100-continue\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_body_that_never_ends_is_ended(
    probe: Platform, api_url: str, monkeypatch: pytest.MonkeyPatch, request_head: bytes
) -> None:
    """With 408 and a closed connection, at every address."""
    monkeypatch.setattr(request_checks, "REQUEST_BODY_S", 0.2)

    for url in (f"{probe.endpoint}/{BUCKET}/never", f"{api_url}/things"):
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), WITHIN_S) as client:
            client.sendall(b"POST " + parts.path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n")
            client.sendall(request_head)
            received = client.recv(4_096).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
            received = received or client.recv(4_096)

        assert received.startswith(b"HTTP/1.1 408 ")
        assert b"did not end within" in received


def test_an_error_of_a_service_stays_that_error(s3: Any) -> None:
    """Status, code and message."""
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=BUCKET, Key="nothing here")


def test_a_call_of_the_registry_that_is_not_served_says_so(aws: Aws) -> None:
    """It must not reach the emulator, which would not know it either."""
    schemas = aws("schemas")

    with pytest.raises(schemas.exceptions.BadRequestException, match="not served by the local"):
        schemas.list_discoverers()


def test_the_status_tells_what_runs(probe: Platform, api_url: str) -> None:
    """Everything that the command line and tests need to know of a platform."""
    status = send("GET", f"{probe.endpoint}/_trunkline/status").json()

    assert status["ready"]
    assert status["endpoint"] == probe.endpoint
    assert status["http_apis"] == {"probe-local/Api": api_url}
    assert set(status["stacks"]) == {"probe-local"}
    assert any("python3.13" in note for note in status["notes"])


def test_a_client_that_goes_away_within_its_request_is_no_error(
    probe: Platform, api_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Someone has pressed Ctrl-C; nothing is wrong with the platform."""
    status = f"{probe.endpoint}/_trunkline/status"
    for url in (probe.endpoint, api_url):
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port)) as client:
            client.sendall(b"PUT /k/v HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nabc")
            send("GET", status)  # by now the front waits for the rest
        send("GET", status)  # by now it has seen that there is none

    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
