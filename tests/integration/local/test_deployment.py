"""What the emulator refuses or ignores is there all the same once a template is deployed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.local.conftest import PROBE
from trunklab.local.deploy.deployer import Deployer
from trunklab.local.deploy.prepare import prepare
from trunklab.local.platform import Platform

Aws = Callable[[str], Any]


def test_an_archive_is_created_with_its_bus_its_days_and_its_pattern(aws: Aws) -> None:
    """The emulator's CloudFormation refuses archives; they come through the events API."""
    archive = aws("events").describe_archive(ArchiveName="probe-local")

    assert archive["EventSourceArn"].endswith(":event-bus/probe-local")
    assert archive["RetentionDays"] == 3
    assert json.loads(archive["EventPattern"]) == {"source": ["probe"]}


def test_a_resource_whose_condition_is_false_is_not_created(aws: Aws) -> None:
    """What is taken out of a template keeps its condition."""
    names = [one["ArchiveName"] for one in aws("events").list_archives()["Archives"]]

    assert names == ["probe-local"]


def test_a_bus_policy_is_put_on_the_bus(aws: Aws) -> None:
    """The policy can be read back."""
    policy = json.loads(aws("events").describe_event_bus(Name="probe-local")["Policy"])

    (statement,) = policy["Statement"]
    assert statement["Sid"] == "organisation"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}


def test_registry_and_schema_are_found_through_the_schemas_api(aws: Aws) -> None:
    """The registry is ours, and boto3 cannot tell."""
    schemas = aws("schemas")

    found = schemas.describe_schema(RegistryName="probe-local", SchemaName="probe@Pinged")

    assert found["SchemaVersion"] == "1"
    assert found["Content"].startswith('{"openapi": "3.0.0"')
    assert schemas.describe_registry(RegistryName="probe-local")["Description"] == "probes"


def test_the_schemas_api_refuses_in_words_that_boto3_knows(aws: Aws) -> None:
    """A missing registry raises the exception that AWS's would."""
    schemas = aws("schemas")

    with pytest.raises(schemas.exceptions.NotFoundException, match="does not exist"):
        schemas.describe_registry(RegistryName="nobody")


def test_references_to_what_was_taken_out_have_the_values_of_aws(aws: Aws) -> None:
    """A name or ARN of a bridged resource can be used anywhere in the template."""
    parameter = aws("ssm").get_parameter(Name="/probe/local/registry")["Parameter"]
    function = aws("lambda").get_function_configuration(FunctionName="probe-imports-local")

    assert parameter["Value"] == "probe-local"
    registry = "arn:aws:schemas:us-east-1:000000000000:registry/probe-local"
    assert function["Environment"]["Variables"]["REGISTRY"] == registry


def test_an_address_composed_of_the_api_id_points_to_the_local_listener(
    probe: Platform, api_url: str
) -> None:
    """The same output that names the API on AWS names it here."""
    assert probe.stacks["probe-local"].outputs["ApiUrl"] == api_url


def test_deploying_again_without_a_change_is_no_failure(probe: Platform) -> None:
    """A stack that exists is updated, and what was bridged is not created twice."""
    [prepared] = prepare([PROBE], "local")

    stack = Deployer(probe.endpoint, probe.folder).deploy(prepared)

    assert stack.outputs["BusArn"] == probe.stacks["probe-local"].outputs["BusArn"]


def test_an_event_reaches_a_queue_and_its_function(
    aws: Aws, eventually: Callable[..., Any]
) -> None:
    """Rule, queue, event source mapping and log group work together."""
    entry = {"Source": "probe", "DetailType": "Pinged", "Detail": '{"mark": "through"}'}
    aws("events").put_events(Entries=[entry | {"EventBusName": "probe-local"}])

    logged = {"logGroupName": "/probe/local", "filterPattern": '"through"'}
    assert eventually(lambda: aws("logs").filter_log_events(**logged)["events"])
