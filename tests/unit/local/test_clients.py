"""The local platform's clients are deaf to what the user has configured for AWS."""

from pathlib import Path

import pytest

from trunklab import settings
from trunklab.local.deploy.sam_translation import translate
from trunklab.local.local_clients import client

SAM = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {"Table": {"Type": "AWS::Serverless::SimpleTable"}},
}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and variables of which every one would break or redirect a client."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-west-1\nretry_mode = nonsense\n")
    for name, value in {
        "AWS_PROFILE": "nobody",
        "AWS_DEFAULT_PROFILE": "nobody",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(config),
        "AWS_RETRY_MODE": "nonsense",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("service", ["s3", "sqs", "cloudformation", "lambda"])
def test_a_client_is_made_without_the_user_s_profile(service: str) -> None:
    """Address, region and credentials are the local ones."""
    made = client(service, "http://127.0.0.1:1")

    assert made.meta.endpoint_url == "http://127.0.0.1:1"
    assert made.meta.region_name == settings.LOCAL_REGION


@pytest.mark.usefixtures("broken")
def test_a_template_is_translated_without_the_user_s_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS's translator wants a session, although it calls nobody."""
    monkeypatch.setattr("trunklab.local.deploy.sam_translation._CACHE", tmp_path)

    translated = translate(tmp_path / "template.yaml", SAM, {})

    assert translated["Resources"]["Table"]["Type"] == "AWS::DynamoDB::Table"
