"""Where the kernel does not say whose a connection is, the endpoint demands an access key."""

import json
import stat
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.integration.local.command import trunkline
from tests.integration.local.conftest import PROBE
from tests.integration.local.web import send
from trunklab import settings
from trunklab.cli.up_command import as_text
from trunklab.errors import EnvironmentMissingError
from trunklab.local.local_clients import client
from trunklab.local.platform import Platform, Wanted, running
from trunklab.stage import Stage

STATUS = "/_trunkline/status"


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """A platform as it starts on macOS."""
    try:
        with running(Wanted((PROBE,), port=0, kernel_answers=False)) as started:
            yield started
    except EnvironmentMissingError as error:
        pytest.skip(str(error))


def stranger(platform: Platform, key: str) -> Any:
    """A client of S3 that signs with a key of its own."""
    return boto3.client(
        "s3",
        endpoint_url=platform.endpoint,
        region_name=settings.LOCAL_REGION,
        aws_access_key_id=key,
        aws_secret_access_key="any",  # noqa: S106 - nobody checks it
    )


def test_a_request_without_the_key_is_refused(platform: Platform) -> None:
    """Unsigned, with the usual key, or with one that is nearly right; for the status too."""
    key = platform.access_key or ""
    assert len(key) == 32

    for wrong in ("test", settings.LOCAL_ACCOUNT, key[:-1], f"{key}0", key.upper() + "x"):
        with pytest.raises(ClientError, match="403"):
            stranger(platform, wrong).list_buckets()

    for path in ("/", STATUS, f"{STATUS}?X-Amz-Credential=test/x", "/?Action=ListStacks"):
        assert send("GET", f"{platform.endpoint}{path}").status == 403


def test_a_request_with_the_key_is_answered(platform: Platform) -> None:
    """Signed in its headers, or a presigned address of either version."""
    s3 = stranger(platform, platform.access_key or "")
    s3.create_bucket(Bucket="keyed")
    s3.put_object(Bucket="keyed", Key="k", Body=b"content")
    address = s3.generate_presigned_url("get_object", Params={"Bucket": "keyed", "Key": "k"})

    assert send("GET", address).body == b"content"
    assert send("GET", address.replace(platform.access_key or "", "test")).status == 403


def test_our_own_clients_find_the_key(platform: Platform) -> None:
    """Those of the commands, of tests and of the demo; another process reads it from the file."""
    queues = client("sqs", platform.endpoint).list_queues()
    bus = Stage(settings.LOCAL_STAGE, platform.endpoint).client("events").list_event_buses()
    status = trunkline("status", "--json", "--endpoint", platform.endpoint)

    assert queues["QueueUrls"]
    assert bus["EventBuses"]
    assert json.loads(status.stdout)["endpoint"] == platform.endpoint


def test_functions_sign_with_the_key(platform: Platform) -> None:
    """The probe puts an event before it answers."""
    url = platform.http_apis["probe-local/Api"]

    assert send("POST", f"{url}/things", b"{}").status == 201


def test_the_key_is_kept_in_a_file_of_the_user_alone(platform: Platform) -> None:
    """And made for each run."""
    port = urlsplit(platform.endpoint).port
    path = settings.STATE_DIRECTORY / "platforms" / f"{port}.json"

    assert json.loads(path.read_text())["access_key"] == platform.access_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    other = Platform(Wanted((), kernel_answers=False), lambda _step: None)
    assert other.access_key != platform.access_key


def test_up_prints_the_key_and_that_the_http_apis_stay_open(platform: Platform) -> None:
    """With the endpoint, for other programs."""
    said = as_text(platform)

    assert f"(access key {platform.access_key}, any secret, region us-east-1)" in said
    assert f"\nexport AWS_ACCESS_KEY_ID={platform.access_key}\n" in said
    assert "other users of this machine can call the HTTP APIs" in said


def test_where_the_kernel_answers_no_key_is_demanded(probe: Platform) -> None:
    """Any credentials do."""
    assert probe.access_key is None
    assert "any credentials" in as_text(probe)
    assert stranger(probe, "anything").list_buckets()["Buckets"]
