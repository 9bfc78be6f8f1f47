"""A stage that is not the local one is asked with what the user has configured."""

from pathlib import Path

import pytest
from botocore.parsers import ResponseParserError

from trunklab import settings
from trunklab.stage import Stage, StageError


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has never seen AWS."""
    for name in (
        *("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"),
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_a_stage_at_an_endpoint_needs_nothing_configured() -> None:
    """Region and credentials are then those of the local platform."""
    stage = Stage("other", "http://127.0.0.1:1")

    made = stage.client("sqs")

    assert made.meta.region_name == settings.LOCAL_REGION
    with (
        pytest.raises(StageError, match=r"nothing answers at http://127\.0\.0\.1:1"),
        stage.explained(),
    ):
        made.list_queues()


def test_what_is_configured_stays_so_at_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's region is theirs."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    made = Stage("other", "http://127.0.0.1:1").client("sqs")

    assert made.meta.region_name == "eu-west-1"


def test_a_stage_in_aws_needs_a_region() -> None:
    """There is no guess for it; the message says what to set."""
    stage = Stage("other")

    with (
        pytest.raises(StageError, match="Set AWS_PROFILE and AWS_DEFAULT_REGION"),
        stage.explained(),
    ):
        stage.client("sqs")


def test_an_answer_that_is_none_of_aws_is_said_in_words() -> None:
    """Botocore cannot parse it, and raises nothing of its own family then."""
    with (
        pytest.raises(StageError, match="stage other at AWS: no XML"),
        Stage("other").explained(),
    ):
        raise ResponseParserError("no XML")
