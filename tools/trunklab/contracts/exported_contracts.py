"""The contracts of a repository: our own files, or files as a schema registry exports them.

An exported file is OpenAPI 3.0 or JSON Schema draft 4. It describes a whole event with
`x-amazon-events-source` and `x-amazon-events-detail-type`. It may be the response of
`aws schemas describe-schema`.
"""

import json
import os
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Final

from trunklab.contracts import git_files
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import (
    FOLDER,
    SUFFIX,
    bytes_of,
    check_document,
    contract,
    contracts_in,
    in_order,
    parsed,
)
from trunklab.contracts.errors import ContractFileError, RevisionError
from trunklab.contracts.event_schema import WHOLE_DETAIL, Schema, metadata_schema
from trunklab.contracts.impact.path_outcomes import below
from trunklab.contracts.openapi_conversion import convert
from trunklab.contracts.schema_modernization import DEFINITIONS, modernized
from trunklab.errors import UsageError
from trunklab.schema_solver.errors import ShapesError
from trunklab.schema_solver.json_pointer import escaped, unescaped
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.solver_limits import REFERENCES_MAX

SOURCE: Final = "x-amazon-events-source"
DETAIL_TYPE: Final = "x-amazon-events-detail-type"

_ENDING: Final = ".json"
_OPENAPI_ENDING: Final = ".openapi.json"
_FIX: Final = "export it from the schema registry as OpenApi3 or JSONSchemaDraft4"
_DEFINITION: Final = re.compile(r'"#/\$defs/([^"/]+)"')


@dataclass(frozen=True)
class ExportedContracts:
    """The contracts of a folder, and the errors of the files that cannot be read."""

    contracts: tuple[Contract, ...]
    errors: tuple[ContractFileError, ...]

    def whole(self) -> tuple[Contract, ...]:
        """Returns the contracts; raises ContractFileError if a file cannot be read."""
        for error in self.errors:
            raise error
        return self.contracts


def exported_contracts(root: Path, folder: Path) -> ExportedContracts:
    """Returns the contracts below a folder, by name; one invalid file never hides the others.

    Paths are relative to the root. Raises UsageError without any contract file.
    """
    if not folder.is_dir():
        raise UsageError(f"--contracts {folder} is not a folder: name one with exported schemas.")
    named: dict[str, Contract] = {}
    errors: list[ContractFileError] = []
    for file in sorted(folder.rglob(f"*{_ENDING}")):
        if _is_read(file.relative_to(folder), lambda path: (folder / path).exists()):
            path = PurePosixPath(Path(os.path.relpath(file, root)).as_posix())
            try:
                for found in contracts_of(path, bytes_of(path, file)):
                    in_order([*filter(None, [named.get(found.name)]), found])
                    named[found.name] = found
            except ContractFileError as error:
                errors.append(error)
    if not named and not errors:
        raise UsageError(f"--contracts {folder} has no {_ENDING} file: export the schemas first.")
    return ExportedContracts(in_order(named.values()), tuple(errors))


def _is_read(path: PurePath, exists: Callable[[PurePath], bool]) -> bool:
    """True if a file is read: not hidden, and not the OpenAPI twin of one of our contracts."""
    if any(part.startswith(".") for part in path.parts):
        return False
    twin = path.with_name(f"{path.name.removesuffix(_OPENAPI_ENDING)}{SUFFIX}")
    return not (path.name.endswith(_OPENAPI_ENDING) and exists(twin))


def contracts_of(path: PurePosixPath, content: bytes) -> tuple[Contract, ...]:
    """Returns the contracts in a file; raises ContractFileError."""
    if path.name.endswith(SUFFIX):
        return (contract(path, content),)
    try:
        text, document = parsed(path, content)
        if isinstance(document.get("Content"), str):
            text, document = parsed(path, document["Content"].encode())
        found = tuple(_found(path, text, document))
    except ContractFileError as error:
        raise ContractFileError(path, error.line, error.problem, _FIX) from error
    if not found:
        problem = f"no schema in it has {SOURCE} and {DETAIL_TYPE}"
        raise ContractFileError(path, 1, problem, f"{_FIX}, or move it")
    return found


def _found(path: PurePosixPath, text: str, document: Schema) -> Iterator[Contract]:
    place, definitions = _definitions(document)
    for event in (document, *definitions.values()):
        if isinstance(event, dict) and SOURCE in event and DETAIL_TYPE in event:
            try:
                name, made = _described(event, definitions)
                check_document(path, text, made)
                for _ in below(node(made), ()):
                    pass  # each place is read: what the solver cannot read raises ShapesError
            except (ShapesError, _ReferenceError) as error:
                raise ContractFileError(path, 1, str(error), _FIX) from error
            origin = f"{place}/{escaped(name)}" if name else ""
            yield Contract(path, made, text, (origin, place))


class _ReferenceError(ValueError):
    """A reference that leads to no schema of its document."""


def _definitions(document: Schema) -> tuple[str, Schema]:
    """Returns the pointer and the value of the named schemas."""
    for place in DEFINITIONS:
        found: Any = document
        for step in place.split("/"):
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, dict):
            return f"/{place}", found
    return "", {}


def _described(event: Schema, definitions: Schema) -> tuple[str, Schema]:
    """Returns the name of the schema that an event's contract describes, and the contract."""
    name, data = _resolved(_property(event, "detail"), definitions)
    is_ours = _is_our_envelope(data, definitions)
    if is_ours:
        name, data = _resolved(_property(data, "data"), definitions)
    made = {
        **modernized(data),
        "x-source": event[SOURCE],
        "x-detail-type": event[DETAIL_TYPE],
        **({} if is_ours else {WHOLE_DETAIL: True}),
    }
    used = _reachable(made, {key: modernized(value) for key, value in definitions.items()})
    return name, {**made, **({"$defs": used} if used else {})}


def _property(schema: Schema, name: str) -> Any:
    properties = schema.get("properties")
    return properties.get(name, {}) if isinstance(properties, dict) else {}


def _resolved(schema: Any, definitions: Schema) -> tuple[str, Schema]:
    """Returns the schema behind references, and the name of the last; raises _ReferenceError."""
    name = ""
    for _ in range(REFERENCES_MAX):
        if not isinstance(schema, dict):
            raise _ReferenceError(f"the schema {name or 'of detail'} is missing or not an object")
        if "$ref" not in schema:
            return name, schema
        name = unescaped(str(schema["$ref"]).rpartition("/")[2])
        schema = definitions.get(name)
    raise _ReferenceError(f"the reference {name} leads to itself")


def _is_our_envelope(detail: Schema, definitions: Schema) -> bool:
    """True if the detail is the metadata of our events, and data beside it."""
    properties = detail.get("properties")
    if not isinstance(properties, dict) or properties.keys() != {"metadata", "data"}:
        return False
    return _resolved(properties["metadata"], definitions)[1] == convert(metadata_schema())


def _reachable(schema: Schema, definitions: Schema) -> Schema:
    """Returns the definitions that a schema refers to, directly or through others."""
    found: Schema = {}
    waiting = [schema]
    while waiting:
        for reference in _DEFINITION.findall(json.dumps(waiting.pop())):
            name = unescaped(reference)
            if name in definitions and name not in found:
                found[name] = definitions[name]
                waiting.append(found[name])
    return found


@dataclass(frozen=True)
class Location:
    """Reads the contracts of a folder or a revision; `exported` is a folder, from the root."""

    exported: PurePosixPath | None = None

    @classmethod
    def of(cls, root: Path, folder: Path | None) -> "Location":
        """Returns the location that --contracts names, our own files without it."""
        if folder is None:
            return cls()
        return cls(PurePosixPath(Path(os.path.relpath(folder, root)).as_posix()))

    @property
    def folder(self) -> str:
        """The folder, from the root."""
        return FOLDER if self.exported is None else self.exported.as_posix()

    def below(self, root: Path) -> tuple[Contract, ...]:
        """Returns the contracts of a checkout; raises ContractFileError."""
        if self.exported is None:
            return contracts_in(root)
        return exported_contracts(root, root / self.exported).whole()

    def at(self, root: Path, revision: str) -> tuple[Contract, ...]:
        """Returns the contracts of a revision; raises ContractFileError and RevisionError."""
        if self.exported is not None and self.exported.parts[:1] == ("..",):
            problem = f"{self.exported} is outside of {root}, and in none of its revisions"
            raise RevisionError(f"{problem}; name a folder of older schemas with --against")
        blobs = git_files.tree(root, revision, "--", f"{self.folder}/")
        read = {path: blob for path, blob in blobs.items() if self._has(path, blobs)}
        texts = git_files.contents(root, read.values())
        return in_order(
            found for path, blob in read.items() for found in contracts_of(path, texts[blob])
        )

    def versions(self, root: Path, revision: str, of: Contract) -> list[git_files.Changed]:
        """Returns the committed versions of a contract's file, the newest first."""
        ending = f"{of.detail_type}{SUFFIX}" if self.exported is None else of.path.name
        return git_files.history(root, revision, self.folder, f"/{ending}")

    def _has(self, path: PurePosixPath, files: Container[PurePath]) -> bool:
        if self.exported is None:
            return path.parent.parent.as_posix() == FOLDER and path.name.endswith(SUFFIX)
        inside = path.relative_to(self.exported)
        return path.suffix == _ENDING and _is_read(
            inside, lambda twin: path.parent / twin.name in files
        )


OWN_FILES: Final = Location()
"""The files that `schemas export` writes."""
