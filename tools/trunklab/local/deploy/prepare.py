"""Makes a template ready to deploy: read, packaged, translated, checked."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab.errors import TemplateError
from trunklab.local.deploy import (
    bridge,
    function_code,
    package_cache,
    sam_translation,
    template_check,
)
from trunklab.local.deploy.function_code import Function
from trunklab.local.deploy.package_cache import Package
from trunklab.local.local_limits import PREPARE_AT_ONCE
from trunklab.templates import samconfig, template_file
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject, Template

BUCKET: Final = "trunkline-local-packages"


@dataclass(frozen=True)
class Prepared:
    """A template that can be deployed."""

    template: Template
    stage: StageSettings
    body: JsonObject
    packages: dict[str, Package]
    """By the logical id of the function."""
    runtimes: frozenset[str]

    @property
    def http_apis(self) -> list[str]:
        """The logical ids of the HTTP APIs that need a listener."""
        return bridge.http_apis(self.body)


def prepare(paths: list[Path], stage: str) -> list[Prepared]:
    """Prepare templates side by side; the first error in their order is raised."""
    with ThreadPoolExecutor(PREPARE_AT_ONCE, "prepare") as pool:
        prepared = list(pool.map(lambda path: _prepare(path, stage), paths))
    package_cache.drop_unused()
    return prepared


def _prepare(path: Path, stage: str) -> Prepared:
    read = template_file.load(path)
    _refuse_unread(read)
    settings = samconfig.read(read, stage)
    found = function_code.find(read)
    packages = {function.logical_id: package_cache.package(function) for function in found}
    keys = {logical_id: one.key for logical_id, one in packages.items()}
    pointed = function_code.point_to_packages(read, keys, BUCKET)
    body = sam_translation.translate(path, pointed, settings.parameters)
    template_check.check(read, body, settings)
    return Prepared(read, settings, body, packages, _runtimes(found))


def _refuse_unread(template: Template) -> None:
    """Raises TemplateError: a part that is not read would not be deployed."""
    for part in template.unread:
        raise TemplateError(part.path, f"line {part.line}: {part.problem}")


def _runtimes(found: tuple[Function, ...]) -> frozenset[str]:
    return frozenset(function.runtime for function in found)
