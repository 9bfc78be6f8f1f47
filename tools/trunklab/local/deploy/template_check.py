"""Finds in a template what CloudFormation would refuse and the emulator lets pass in silence."""

from collections.abc import Iterator

from trunklab.errors import TemplateError
from trunklab.templates import references
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject, Template


def check(template: Template, translated: JsonObject, stage: StageSettings) -> None:
    """Raise TemplateError that names every fault with its place."""
    faults = [*_faults(translated), *_missing_parameters(translated, stage)]
    if faults:
        raise TemplateError(template.path, "; ".join(dict.fromkeys(faults)))


def _faults(body: JsonObject) -> Iterator[str]:
    known = {*body.get("Parameters", {}), *body["Resources"]}
    conditions = set(body.get("Conditions", {}))
    for place, item in _places(body):
        for name, attribute in references.find(item):
            if name not in known and not name.startswith("AWS::"):
                shown = name if attribute is None else f"{name}.{attribute}"
                yield f"{place} refers to {shown}, which is neither parameter nor resource"
        used = [*references.find_conditions(item), *_own_condition(item)]
        yield from (
            f"{place} uses unknown condition {name}" for name in used if name not in conditions
        )
    for logical_id, resource in body["Resources"].items():
        for name in _depends_on(resource):
            if name not in body["Resources"]:
                yield f"resource {logical_id} depends on unknown resource {name}"


def _places(body: JsonObject) -> Iterator[tuple[str, object]]:
    sections = {"Resources": "resource", "Outputs": "output", "Conditions": "condition"}
    for section, noun in sections.items():
        for name, item in (body.get(section) or {}).items():
            yield f"{noun} {name}", item


def _own_condition(item: object) -> Iterator[str]:
    if isinstance(item, dict) and "Condition" in item:
        yield str(item["Condition"])


def _depends_on(resource: JsonObject) -> list[str]:
    named = resource.get("DependsOn", [])
    return [named] if isinstance(named, str) else list(named)


def _missing_parameters(body: JsonObject, stage: StageSettings) -> Iterator[str]:
    for name, parameter in body.get("Parameters", {}).items():
        if "Default" not in parameter and name not in stage.parameters:
            yield f"parameter {name} has no value: give one in samconfig.toml"
