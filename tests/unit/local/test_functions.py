"""Functions are found with the place of their code; what cannot run here is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from trunklab.errors import TemplateError
from trunklab.local.deploy import function_code
from trunklab.templates.template_file import Template, load

SAM = "AWS::Serverless::Function"
PLAIN = "AWS::Lambda::Function"
RUNTIME = {"Runtime": "python3.13"}


def _template(folder: Path, kind: str, shared: dict[str, Any], **properties: Any) -> Template:
    (folder / "src").mkdir(exist_ok=True)
    function = {"Type": kind, "Properties": properties}
    body = {"Globals": {"Function": shared}, "Resources": {"F": function, "T": {"Type": "X"}}}
    path = folder / "template.json"
    path.write_text(json.dumps(body), "utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("kind", "shared", "own"),
    [
        (SAM, {}, RUNTIME | {"CodeUri": "src"}),
        (SAM, RUNTIME | {"CodeUri": "gone"}, {"CodeUri": "src/"}),
        (SAM, RUNTIME | {"CodeUri": "./src"}, {}),
        (PLAIN, {}, RUNTIME | {"Code": "src"}),
    ],
)
def test_the_code_of_a_function_is_found_beside_its_template(
    tmp_path: Path, kind: str, shared: dict[str, Any], own: dict[str, Any]
) -> None:
    """Globals count for SAM's functions, and the function's own word wins."""
    [found] = function_code.find(_template(tmp_path, kind, shared, **own))

    assert (found.logical_id, found.code, found.runtime) == ("F", tmp_path / "src", "python3.13")


@pytest.mark.parametrize(
    ("kind", "own"),
    [(SAM, RUNTIME | {"InlineCode": "x"}), (PLAIN, RUNTIME | {"Code": {"ZipFile": "x"}})],
)
def test_code_inside_the_template_needs_no_package(
    tmp_path: Path, kind: str, own: dict[str, Any]
) -> None:
    """CloudFormation makes one of it."""
    assert function_code.find(_template(tmp_path, kind, {}, **own)) == ()


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"CodeUri": "src"}, "only zipped Python runs locally"),
        ({"Runtime": {"Ref": "R"}, "CodeUri": "src"}, "only zipped Python runs locally"),
        ({"PackageType": "Image", "ImageUri": "x"}, "only zipped Python runs locally"),
        ({"Runtime": "java21", "CodeUri": "src"}, "runtime java21 does not run locally"),
        (RUNTIME, "its code is not a folder"),
        (RUNTIME | {"CodeUri": "s3://b/k"}, "its code is not a folder"),
        (RUNTIME | {"CodeUri": {"Bucket": "b", "Key": "k"}}, "its code is not a folder"),
        (RUNTIME | {"CodeUri": "gone"}, "code folder gone does not exist"),
    ],
)
def test_a_function_that_cannot_run_here_is_named(
    tmp_path: Path, own: dict[str, Any], said: str
) -> None:
    """Before anything is deployed."""
    with pytest.raises(TemplateError, match=f"function F: .*{said}"):
        function_code.find(_template(tmp_path, SAM, {}, **own))


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        (SAM, "CodeUri", "s3://bucket/key.zip"),
        (PLAIN, "Code", {"S3Bucket": "bucket", "S3Key": "key.zip"}),
    ],
)
def test_the_deployed_template_points_to_the_package(
    tmp_path: Path, kind: str, name: str, code: object
) -> None:
    """As `sam package` would leave it, and nothing else changes."""
    template = _template(tmp_path, kind, {}, **RUNTIME)

    body = function_code.point_to_packages(template, {"F": "key.zip"}, "bucket")

    assert body["Resources"]["F"]["Properties"] == RUNTIME | {name: code}
    assert body["Resources"]["T"] == {"Type": "X"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AWS::Serverless::LayerVersion", "ContentUri"),
        ("AWS::Serverless::StateMachine", "DefinitionUri"),
        ("AWS::Serverless::HttpApi", "DefinitionUri"),
        ("AWS::Serverless::Application", "Location"),
    ],
)
def test_other_files_beside_the_template_are_refused_by_name(
    tmp_path: Path, kind: str, name: str
) -> None:
    """The translator would complain of a missing S3 address instead."""
    with pytest.raises(TemplateError, match=f"resource F: its {name} is a file"):
        function_code.find(_template(tmp_path, kind, {}, **{name: "here"}))
