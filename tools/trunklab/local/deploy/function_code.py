"""Finds the functions of a template and where their code lies on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab.errors import TemplateError
from trunklab.templates.template_file import JsonObject, Template

_CODE_PROPERTY: Final = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Lambda::Function": "Code",
}
_INLINE: Final = "InlineCode"
_NOT_PACKAGED: Final = {
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::Application": "Location",
}
"""What `sam package` would upload too, and nothing here does yet."""


@dataclass(frozen=True)
class Function:
    """A function whose code is a folder beside the template."""

    template: Path
    logical_id: str
    runtime: str
    code: Path
    metadata: JsonObject

    @property
    def build_id(self) -> str:
        """Returns the function's id in its own template, which names its target in a Makefile."""
        return str(self.metadata.get("SamResourceId", self.logical_id))

    @property
    def build_method(self) -> str:
        """How SAM would build it; without a word, by its requirements.txt."""
        return str(self.metadata.get("BuildMethod", self.runtime))


def find(template: Template) -> tuple[Function, ...]:
    """Return the functions that need a package; raise TemplateError for what cannot run here."""
    return tuple(_find(template))


def point_to_packages(template: Template, keys: dict[str, str], bucket: str) -> JsonObject:
    """Return the template with every function's code at its place in the bucket."""
    resources = dict(template.resources)
    for logical_id, key in keys.items():
        resource = resources[logical_id]
        name = _CODE_PROPERTY[resource["Type"]]
        code = f"s3://{bucket}/{key}" if name == "CodeUri" else {"S3Bucket": bucket, "S3Key": key}
        properties = resource.get("Properties", {}) | {name: code}
        resources[logical_id] = resource | {"Properties": properties}
    return template.body | {"Resources": resources}


def _find(template: Template) -> Iterator[Function]:
    for logical_id, resource in template.resources.items():
        _refuse_other_files(template.path, logical_id, resource)
        if resource["Type"] not in _CODE_PROPERTY:
            continue
        properties = _with_globals(template, resource)
        code = properties.get(_CODE_PROPERTY[resource["Type"]])
        if _INLINE in properties or (isinstance(code, dict) and "ZipFile" in code):
            continue
        yield Function(
            template=template.path,
            logical_id=logical_id,
            runtime=_python_runtime(template.path, logical_id, properties),
            code=_code_folder(template.path, logical_id, code),
            metadata=resource.get("Metadata", {}),
        )


def _refuse_other_files(template: Path, logical_id: str, resource: JsonObject) -> None:
    name = _NOT_PACKAGED.get(resource["Type"])
    value = (resource.get("Properties") or {}).get(name)
    if isinstance(value, str) and not value.startswith(("s3://", "http")):
        problem = f"resource {logical_id}: its {name} is a file, and only functions are packaged"
        raise TemplateError(template, f"{problem} locally so far")


def _with_globals(template: Template, resource: JsonObject) -> JsonObject:
    own: JsonObject = resource.get("Properties", {})
    if resource["Type"] != "AWS::Serverless::Function":
        return own
    shared: dict[str, Any] = template.body.get("Globals", {}).get("Function", {})
    return shared | own


def _python_runtime(template: Path, logical_id: str, properties: JsonObject) -> str:
    runtime = properties.get("Runtime")
    if properties.get("PackageType", "Zip") != "Zip" or not isinstance(runtime, str):
        raise TemplateError(template, f"function {logical_id}: only zipped Python runs locally")
    if not runtime.startswith("python"):
        raise TemplateError(
            template, f"function {logical_id}: runtime {runtime} does not run locally"
        )
    return runtime


def _code_folder(template: Path, logical_id: str, code: object) -> Path:
    if not isinstance(code, str) or code.startswith("s3://"):
        raise TemplateError(
            template, f"function {logical_id}: its code is no folder beside the template"
        )
    folder = (template.parent / code).resolve()
    if not folder.is_dir():
        raise TemplateError(template, f"function {logical_id}: code folder {code} does not exist")
    return folder
