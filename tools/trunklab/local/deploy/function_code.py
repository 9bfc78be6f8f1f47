"""Finds the functions of a template and where their code lies on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
"""Files that `sam package` uploads too, and the local platform does not."""


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
        """SAM's build method; by default the runtime, which installs requirements.txt."""
        return str(self.metadata.get("BuildMethod", self.runtime))


def find(template: Template) -> tuple[Function, ...]:
    """Returns the functions that need a package; raises TemplateError for any that cannot run."""
    functions = []
    for logical_id, resource in template.resources.items():
        _refuse_other_files(template.path, logical_id, resource)
        kind = resource["Type"]
        if kind not in _CODE_PROPERTY:
            continue
        properties = resource.get("Properties", {})
        code = properties.get(_CODE_PROPERTY[kind])
        if _INLINE in properties or (isinstance(code, dict) and "ZipFile" in code):
            continue
        try:
            runtime, folder = _python_runtime(properties), _code_folder(template.path.parent, code)
        except ValueError as error:
            raise TemplateError(template.path, f"function {logical_id}: {error}") from error
        metadata = resource.get("Metadata", {})
        functions.append(Function(template.path, logical_id, runtime, folder, metadata))
    return tuple(functions)


def point_to_packages(template: Template, keys: dict[str, str], bucket: str) -> JsonObject:
    """Returns the template with the packages in the bucket as the functions' code."""
    resources = dict(template.resources)
    for logical_id, key in keys.items():
        resource = resources[logical_id]
        name = _CODE_PROPERTY[resource["Type"]]
        code = f"s3://{bucket}/{key}" if name == "CodeUri" else {"S3Bucket": bucket, "S3Key": key}
        properties = resource.get("Properties", {}) | {name: code}
        resources[logical_id] = resource | {"Properties": properties}
    return template.body | {"Resources": resources}


def _refuse_other_files(template: Path, logical_id: str, resource: JsonObject) -> None:
    name = _NOT_PACKAGED.get(resource["Type"])
    value = (resource.get("Properties") or {}).get(name)
    if isinstance(value, str) and not value.startswith(("s3://", "http")):
        problem = f"resource {logical_id}: its {name} is a file, and only functions are packaged"
        raise TemplateError(template, f"{problem} locally so far")


def _python_runtime(properties: JsonObject) -> str:
    runtime = properties.get("Runtime")
    if properties.get("PackageType", "Zip") != "Zip" or not isinstance(runtime, str):
        raise ValueError("only zipped Python runs locally")
    if not runtime.startswith("python"):
        raise ValueError(f"runtime {runtime} does not run locally")
    return runtime


def _code_folder(parent: Path, code: object) -> Path:
    if not isinstance(code, str) or code.startswith("s3://"):
        raise ValueError("its code is not a folder beside the template")
    folder = (parent / code).resolve()
    if not folder.is_dir():
        raise ValueError(f"code folder {code} does not exist")
    return folder
