"""Prepares templates for deployment: reads, packages, translates and checks them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from trunklab.errors import TemplateError
from trunklab.local.deploy import function_build, function_code, package_cache, sam_translation
from trunklab.local.deploy.package_cache import Package
from trunklab.local.local_limits import PREPARE_AT_ONCE
from trunklab.templates import references, samconfig, template_file
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject, Template

BUCKET: Final = "trunkline-local-packages"

_IGNORED: Final = {
    "AWS::Events::EventBus": (
        ("DeadLetterConfig", "DeadLetterConfig of buses"),
        ("LogConfig", "LogConfig of buses (the log is always complete)"),
    ),
    "AWS::SNS::Subscription": (("RedrivePolicy", "RedrivePolicy of subscriptions"),),
}
"""Properties that were seen to have no effect, with their names for people; see docs/local.md."""


@dataclass(frozen=True)
class Prepared:
    """A template that can be deployed; `packages` has the functions' logical ids as keys."""

    template: Template
    stage: StageSettings
    body: JsonObject
    packages: dict[str, Package]
    runtimes: frozenset[str]
    roots: frozenset[Path]
    """Files and folders that the deployment reads."""

    @property
    def outline(self) -> tuple[StageSettings, str]:
        """Everything but the content of the packages: a change of it needs a stack update."""
        text = json.dumps(self.body)
        for logical_id, package in self.packages.items():
            text = text.replace(package.key, logical_id)
        return self.stage, text


def prepare(
    paths: list[Path], stage: str, parameters: Mapping[str, str] | None = None
) -> list[Prepared]:
    """Prepares templates in parallel; raises the first error in their order.

    `parameters` go before those of samconfig.toml, in the templates that declare them.
    """
    with ThreadPoolExecutor(PREPARE_AT_ONCE, "prepare") as pool:
        prepared = list(pool.map(lambda path: _prepare(path, stage, parameters or {}), paths))
    package_cache.drop_unused()
    return prepared


def _prepare(path: Path, stage: str, given: Mapping[str, str]) -> Prepared:
    template = template_file.load(path)
    for part in template.unread:
        # It would not be deployed.
        raise TemplateError(part.path, f"line {part.line}: {part.problem}")
    read = samconfig.read(template, stage)
    declared = template.body.get("Parameters") or {}
    own = {name: value for name, value in given.items() if name in declared}
    settings = replace(read, parameters={**read.parameters, **own})
    functions = function_code.find(template)
    packages = {one.logical_id: package_cache.package(one) for one in functions}
    keys = {logical_id: package.key for logical_id, package in packages.items()}
    packaged = function_code.point_to_packages(template, keys, BUCKET)
    body = sam_translation.translate(path, packaged, settings.parameters)
    check(template, body, settings)
    runtimes = frozenset(function.runtime for function in functions)
    roots = {path.parent, *map(Path, template.texts), *map(function_build.directory_of, functions)}
    roots |= {function.code for function in functions}
    return Prepared(template, settings, body, packages, runtimes, frozenset(roots))


def check(template: Template, translated: JsonObject, stage: StageSettings) -> None:
    """Raises TemplateError that names every invalid reference and missing parameter."""
    faults = [*_invalid_references(translated), *_missing_parameters(translated, stage)]
    if faults:
        raise TemplateError(template.path, "; ".join(dict.fromkeys(faults)))


def ignored_properties(bodies: list[JsonObject]) -> list[str]:
    """Returns at most one line, which counts the properties without effect in all templates."""
    counted = Counter(
        name
        for body in bodies
        for resource in body["Resources"].values()
        for path, name in _IGNORED.get(resource["Type"], ())
        if any(_values(resource.get("Properties") or {}, path.split(".")))
    )
    listed = ", ".join(f"{name} ({number})" for name, number in sorted(counted.items()))
    return [f"accepted here without effect, see docs/local.md: {listed}"] if listed else []


def _invalid_references(body: JsonObject) -> Iterator[str]:
    known = {*body.get("Parameters", {}), *body["Resources"]}
    conditions = set(body.get("Conditions", {}))
    for place, item in _places(body):
        for name, attribute in references.find(item):
            if name not in known and not name.startswith("AWS::"):
                shown = name if attribute is None else f"{name}.{attribute}"
                yield f"{place} refers to {shown}, which is neither parameter nor resource"
        used = list(references.find_conditions(item))
        if isinstance(item, dict) and "Condition" in item:
            used.append(str(item["Condition"]))
        yield from (
            f"{place} uses unknown condition {name}" for name in used if name not in conditions
        )
    for logical_id, resource in body["Resources"].items():
        declared = resource.get("DependsOn", [])
        for name in [declared] if isinstance(declared, str) else declared:
            if name not in body["Resources"]:
                yield f"resource {logical_id} depends on unknown resource {name}"


def _places(body: JsonObject) -> Iterator[tuple[str, object]]:
    sections = {"Resources": "resource", "Outputs": "output", "Conditions": "condition"}
    for section, noun in sections.items():
        for name, item in (body.get(section) or {}).items():
            yield f"{noun} {name}", item


def _missing_parameters(body: JsonObject, stage: StageSettings) -> Iterator[str]:
    for name, parameter in body.get("Parameters", {}).items():
        if "Default" not in parameter and name not in stage.parameters:
            yield f"parameter {name} has no value: give one in samconfig.toml"


def _values(value: Any, path: list[str]) -> Iterator[bool]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif not path:
        yield value is not None
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])
