"""Where and as whom a function calls AWS."""

import pytest

from trunkline.errors import ConfigurationError
from trunkline.settings import AwsPlace

LAMBDA = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}

ENDPOINTS = {
    "eu-west-1": "https://dynamodb.eu-west-1.amazonaws.com",
    "us-gov-west-1": "https://dynamodb.us-gov-west-1.amazonaws.com",
    "cn-north-1": "https://dynamodb.cn-north-1.amazonaws.com.cn",
    "eusc-de-east-1": "https://dynamodb.eusc-de-east-1.amazonaws.eu",
}

FAULTS = {
    "AWS_REGION is not set": {"AWS_REGION": ""},
    "AWS_ACCESS_KEY_ID is not set": {"AWS_ACCESS_KEY_ID": ""},
    "AWS_SECRET_ACCESS_KEY is not set": {"AWS_SECRET_ACCESS_KEY": ""},
    "AWS_USE_FIPS_ENDPOINT is set": {"AWS_USE_FIPS_ENDPOINT": "true"},
    "AWS_USE_DUALSTACK_ENDPOINT is set": {"AWS_USE_DUALSTACK_ENDPOINT": "True"},
    "AWS_ENDPOINT_URL has a path": {"AWS_ENDPOINT_URL": "http://127.0.0.1:1/aws"},
    "AWS_ENDPOINT_URL_SQS has a path": {"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1/sqs"},
}


def test_a_function_is_told_by_lambda() -> None:
    """Region, key and session stand in its environment."""
    place = AwsPlace.from_environment(LAMBDA)

    credentials = place.credentials
    assert place.region == "eu-west-1"
    assert (credentials.key_id, credentials.secret, credentials.token) == (
        "AKID",
        "secret",
        "token",
    )


@pytest.mark.parametrize(("region", "endpoint"), ENDPOINTS.items())
def test_an_endpoint_follows_from_the_region(region: str, endpoint: str) -> None:
    """Partitions of AWS have domains of their own."""
    place = AwsPlace.from_environment({**LAMBDA, "AWS_REGION": region})

    assert place.endpoints["dynamodb"] == endpoint


def test_one_endpoint_serves_all_services_but_those_that_have_their_own() -> None:
    """As the SDKs read these variables."""
    urls = {"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_EVENTBRIDGE": "http://bus:2"}

    place = AwsPlace.from_environment({**LAMBDA, **urls})

    assert place.endpoints == {
        "dynamodb": "http://all:1",
        "events": "http://bus:2",
        "sqs": "http://all:1",
    }


def test_the_region_of_a_laptop_serves_where_lambda_names_none() -> None:
    """The SDKs' older variable."""
    variables = {**LAMBDA, "AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-2"}

    assert AwsPlace.from_environment(variables).region == "us-east-2"


@pytest.mark.parametrize(("fault", "variables"), FAULTS.items(), ids=FAULTS.keys())
def test_what_is_missing_or_not_followed_is_named(fault: str, variables: dict[str, str]) -> None:
    """Nothing is called that was not meant."""
    with pytest.raises(ConfigurationError, match=fault):
        AwsPlace.from_environment({**LAMBDA, **variables})
