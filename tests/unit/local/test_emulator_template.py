"""The emulator gets a template it understands; what it lost can be read from its outputs."""

import json
from pathlib import Path
from typing import Any

import pytest

from trunklab.errors import TemplateError
from trunklab.local.deploy import emulator_template as types
from trunklab.templates.template_file import JsonObject

PATH = Path("template.yaml")
NAMED = {"RegistryName": {"Fn::Sub": "r-${Stage}"}}
API = {"Type": types.HTTP_API, "Properties": {"Body": {"info": {"title": "T"}, "paths": {}}}}


def _part(api_urls: dict[str, str] | None = None, **resources: Any) -> JsonObject:
    return types.emulator_part(PATH, {"Resources": resources}, api_urls or {})


def _topic(value: object) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}


def test_a_refused_resource_leaves_its_properties_in_an_output_with_its_condition() -> None:
    """CloudFormation evaluates them there, and not at all where the condition is false."""
    part = _part(R={"Type": types.REGISTRY, "Condition": "C", "Properties": NAMED}, T=_topic("t"))

    assert part["Resources"] == {"T": _topic("t")}
    expected = {"Condition": "C", "Value": {"Fn::ToJsonString": NAMED}}
    assert part["Outputs"] == {"TrunklineLocalR": expected}
    assert "AWS::LanguageExtensions" in part["Transform"]


def test_a_template_that_needs_no_bridge_stays_as_it_is() -> None:
    """Nothing is added to it."""
    assert _part(T=_topic("t")) == {"Resources": {"T": _topic("t")}, "Outputs": {}}


@pytest.mark.parametrize(
    ("kind", "expression", "text"),
    [
        (types.REGISTRY, {"Fn::GetAtt": ["X", "RegistryName"]}, "given"),
        (types.REGISTRY, {"Ref": "X"}, ":registry/${Name}"),
        (types.REGISTRY, {"Fn::GetAtt": ["X", "RegistryArn"]}, ":registry/${Name}"),
        (types.ARCHIVE, {"Ref": "X"}, "given"),
        (types.ARCHIVE, {"Fn::GetAtt": ["X", "Arn"]}, ":archive/${Name}"),
        (types.SCHEMA, {"Fn::GetAtt": ["X", "SchemaName"]}, "given"),
        (types.SCHEMA, {"Fn::GetAtt": ["X", "SchemaVersion"]}, "1"),
        (types.SCHEMA, {"Ref": "X"}, ":schema/${Registry}/${Name}"),
    ],
)
def test_a_reference_to_a_refused_resource_becomes_what_aws_returns(
    kind: str, expression: object, text: str
) -> None:
    """Ref and every attribute, by type."""
    names = {"RegistryName": "given", "ArchiveName": "given", "SchemaName": "given"}

    part = _part(X={"Type": kind, "Properties": names}, T=_topic(expression))

    assert text in json.dumps(part["Resources"]["T"])
    assert '"X"' not in json.dumps(part["Resources"])


def test_a_resource_without_a_name_gets_one_of_the_stack() -> None:
    """As CloudFormation would make one, only without the random part."""
    part = _part(X={"Type": types.ARCHIVE}, T=_topic({"Ref": "X"}))

    made = {"Fn::Sub": "${AWS::StackName}-X"}
    assert part["Resources"]["T"] == _topic(made)
    assert part["Outputs"]["TrunklineLocalX"]["Value"]["Fn::ToJsonString"] == {"ArchiveName": made}


def test_references_between_refused_resources_are_followed() -> None:
    """A schema names its registry, which is gone too."""
    schema = {"RegistryName": {"Fn::GetAtt": ["R", "RegistryName"]}, "SchemaName": "s"}

    part = _part(
        R={"Type": types.REGISTRY, "Properties": NAMED},
        S={"Type": types.SCHEMA, "Properties": schema},
    )

    kept = part["Outputs"]["TrunklineLocalS"]["Value"]["Fn::ToJsonString"]
    assert kept["RegistryName"] == NAMED["RegistryName"]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ({"Fn::GetAtt": ["X", "Nonsense"]}, "unknown reference X.Nonsense"),
        ({"Fn::Sub": "${X.Nonsense}"}, "unknown reference X.Nonsense"),
    ],
)
def test_an_attribute_that_does_not_exist_is_refused(expression: object, said: str) -> None:
    """It would be a failed deployment in AWS."""
    with pytest.raises(TemplateError, match=said):
        _part(X={"Type": types.REGISTRY}, T=_topic(expression))


def test_a_resource_that_refers_to_itself_is_refused() -> None:
    """Or it would be replaced for ever."""
    with pytest.raises(TemplateError, match="X refers to itself"):
        _part(X={"Type": types.ARCHIVE, "Properties": {"ArchiveName": {"Ref": "X"}}})


def test_nobody_waits_for_a_resource_that_is_gone() -> None:
    """DependsOn keeps what is still there."""
    part = _part(
        X={"Type": types.ARCHIVE},
        T=_topic("t") | {"DependsOn": ["X", "U"]},
        U=_topic("u") | {"DependsOn": "X"},
    )

    assert part["Resources"]["T"]["DependsOn"] == ["U"]
    assert part["Resources"]["U"]["DependsOn"] == []


def test_an_http_api_keeps_its_id_and_gives_up_its_body() -> None:
    """The emulator would ignore the body; we serve it, at the stage that the template makes."""
    stage = {"Type": "AWS::ApiGatewayV2::Stage"}
    properties = {"ApiId": {"Ref": "A"}, "StageName": "prod"}

    part = _part(A=API, S=stage | {"Properties": properties})

    assert part["Resources"]["A"]["Properties"] == {"Name": "T", "ProtocolType": "HTTP"}
    kept = part["Outputs"]["TrunklineLocalA"]["Value"]["Fn::ToJsonString"]
    assert (kept["ApiId"], kept["StageName"]) == ({"Ref": "A"}, "prod")


@pytest.mark.parametrize(
    ("expression", "local"),
    [
        ({"Fn::GetAtt": ["A", "ApiEndpoint"]}, "http://127.0.0.1:9"),
        (
            {"Fn::Sub": "https://${A}.execute-api.${AWS::Region}.amazonaws.com/x"},
            {"Fn::Sub": "http://127.0.0.1:9/x"},
        ),
        (
            {"Fn::Sub": "https://${A}.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
            {"Fn::Sub": "http://127.0.0.1:9"},
        ),
    ],
)
def test_the_address_of_an_http_api_is_the_local_one(expression: object, local: object) -> None:
    """However a template composes it."""
    part = _part({"A": "http://127.0.0.1:9"}, A=API, T=_topic(expression))

    assert part["Resources"]["T"] == _topic(local)


def test_what_the_emulator_forgets_of_a_function_is_kept() -> None:
    """Its CloudFormation drops the two, its API does not."""
    properties = {"ReservedConcurrentExecutions": 1, "Handler": "a.b"}

    part = _part(F={"Type": types.FUNCTION, "Properties": properties})

    kept = part["Outputs"]["TrunklineLocalF"]["Value"]["Fn::ToJsonString"]
    assert kept == {"ReservedConcurrentExecutions": 1, "FunctionName": {"Ref": "F"}}
    assert part["Resources"]["F"]["Properties"] == properties


def test_an_alarm_on_metric_math_is_taken_out_and_a_simple_one_stays() -> None:
    """Only the first is refused."""
    simple = {"Type": types.ALARM, "Properties": {"MetricName": "m"}}

    part = _part(M={"Type": types.ALARM, "Properties": {"Metrics": []}}, S=simple)

    assert part["Resources"] == {"S": simple}


def test_resolved_properties_are_read_from_the_stack_s_outputs() -> None:
    """Outputs of the template's own are none of ours."""
    body = {"Resources": {"R": {"Type": types.REGISTRY}}}
    outputs = {"Url": "u", "TrunklineLocalR": '{"RegistryName": "r"}'}

    own, removed = types.split_outputs(body, outputs)

    assert own == {"Url": "u"}
    assert removed == [("R", types.REGISTRY, {"RegistryName": "r"})]
