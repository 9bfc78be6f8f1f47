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
from trunklab.contracts.registry_entries import has_block, resource, with_resources

GENERATED: Final = ("*/*.schema.json", "*/*.openapi.json")
"""What the export owns below `schemas/`; of these it removes what no contract asks for."""

_BYTE_FOR_BYTE: Final = "surrogateescape"
"""What is no UTF-8 in a template comes back out as it went in."""


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
        found = (path.relative_to(root) for path in (root / "schemas").glob(pattern))
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
            path.write_bytes(change.text.encode(errors=_BYTE_FOR_BYTE))


def _schema_files(catalog: Sequence[Exported]) -> dict[Path, str]:
    schemas = {one.file("schema"): _json(one.schema) for one in catalog}
    return schemas | {one.file("openapi"): _json(one.document) for one in catalog}


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _templates(root: Path, catalog: Sequence[Exported]) -> dict[Path, str]:
    """Every template that publishes a contract, or did so before, as it must be."""
    resources: defaultdict[Path, list[str]] = defaultdict(list)
    for one in catalog:
        resources[one.template] += resource(one)
    existing = (path.relative_to(root) for path in root.glob("services/*/template.yaml"))
    texts: dict[Path, str] = {}
    for path in sorted({*resources, *existing}):
        text = _text_of(root / path)
        if text is None:
            raise TemplatePlaceError(
                f"{path} does not exist, but contracts with the source of this service do; "
                "the last part of a source names the service's folder"
            )
        if path in resources or has_block(text):
            texts[path] = with_resources(text, resources[path], path.as_posix())
    return texts


def _text_of(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors=_BYTE_FOR_BYTE)
    except FileNotFoundError:
        return None
