"""Which generated files the contracts ask for, which of them are stale, and writing those."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schemas.event import Event
from trunklab.contracts.catalog import Exported, exported
from trunklab.contracts.errors import TemplatePlaceError
from trunklab.contracts.registry_entries import template
from trunklab.templates import template_file

GENERATED: Final = (
    "schemas/*/*.schema.json",
    "schemas/*/*.openapi.json",
    "services/*/contracts.yaml",
)
"""Files that the export owns; it removes those that no contract asks for."""


@dataclass(frozen=True, slots=True)
class Change:
    """A generated file that is not as it must be; without text it must not exist."""

    path: Path
    text: str | None


def stale_files(root: Path, contracts: Sequence[type[Event]]) -> list[Change]:
    """Return what has to change below the checkout, in the order of the paths; writes nothing.

    Raises ContractsError if a contract cannot be exported at all.
    """
    catalog = exported(contracts)
    wanted = _schema_files(catalog) | _templates(root, catalog)
    changes = [Change(path, text) for path, text in wanted.items() if _text_of(root / path) != text]
    for pattern in GENERATED:
        found = (path.relative_to(root) for path in root.glob(pattern))
        changes += [Change(path, None) for path in found if path not in wanted]
    return sorted(changes, key=lambda change: change.path.as_posix())


def write(root: Path, changes: Iterable[Change]) -> None:
    """Make the changes."""
    for change in changes:
        path = root / change.path
        if change.text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change.text.encode())


def _schema_files(catalog: Sequence[Exported]) -> dict[Path, str]:
    schemas = {one.file("schema"): _json(one.schema) for one in catalog}
    return schemas | {one.file("openapi"): _json(one.document) for one in catalog}


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _templates(root: Path, catalog: Sequence[Exported]) -> dict[Path, str]:
    """Returns the nested template of every service that publishes contracts."""
    entries: defaultdict[Path, list[Exported]] = defaultdict(list)
    for one in catalog:
        entries[one.template].append(one)
    for path in entries:
        _check_nested(root, path)
    return {path: template(entries[path]) for path in entries}


def _check_nested(root: Path, path: Path) -> None:
    """Raises TemplatePlaceError if the service does not nest its generated template."""
    service = path.with_name("template.yaml")
    try:
        resources = template_file.parse(service, (root / service).read_bytes()).resources
    except FileNotFoundError as error:
        raise TemplatePlaceError(
            f"{service} does not exist, but contracts with the source of this service do; "
            "the last part of a source names the service's folder"
        ) from error
    locations = [one.get("Properties", {}).get("Location") for one in resources.values()]
    if path.name not in locations:
        raise TemplatePlaceError(
            f"{service} does not nest {path.name}, so its contracts would not be registered; add "
            "Contracts: {Type: AWS::Serverless::Application, Properties: {Location: "
            f"{path.name}, Parameters: {{RegistryName: !Ref RegistryName}}}}}} to its Resources"
        )


def _text_of(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
