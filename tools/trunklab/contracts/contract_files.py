"""Committed contracts of a checkout or of a git revision."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, Final

import jsonschema_rs

from trunklab.contracts.contract import Contract, Policy
from trunklab.contracts.errors import ContractFileError
from trunklab.contracts.event_schema import Schema
from trunklab.contracts.json_line_numbers import AmbiguousJsonError, check_portable, line_of
from trunklab.printable import printable
from trunklab.schema_solver.json_pointer import escaped, unescaped, within

FOLDER: Final = "schemas"
SUFFIX: Final = ".schema.json"
FILE_BYTES_MAX: Final = 1_000_000
"""Bytes of one contract file; the registry allows a hundredth of them."""

CONTRACTS_MAX: Final = 10_000
"""Contract files of one checkout."""

NESTING_MAX: Final = 100
"""Levels of a contract with its shared definitions expanded; far more than events need."""

NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
"""Keywords whose value maps names to schemas."""

VALUES: Final = frozenset({"const", "enum", "default", "examples", "required", "discriminator"})
"""Keywords whose value is data, not a schema."""

EXPORT: Final = "write it with `trunkline schemas export`"
_DEFINITIONS: Final = "#/$defs/"
_REQUIRED: Final = ("x-source", "x-detail-type")
_STRINGS: Final = (*_REQUIRED, "x-owner", "x-subject", "x-compatibility")
_DATES: Final = ("x-deprecated-since", "x-sunset")


_Kind = Enum("_Kind", ["SCHEMA", "SCHEMAS_BY_NAME", "DATA"])
"""The kind of a value in a contract; in data, `$ref` is not a keyword."""


def contracts_in(root: Path) -> tuple[Contract, ...]:
    """Returns the contracts below `schemas/`, in the order of their names.

    Raises ContractFileError for the first invalid file.
    """
    found = sorted((root / FOLDER).glob(f"*/*{SUFFIX}"))
    paths = {PurePosixPath(path.relative_to(root).as_posix()): path for path in found}
    return in_order(contract(path, bytes_of(path, file)) for path, file in paths.items())


def contract(path: PurePosixPath, content: bytes) -> Contract:
    """Returns the contract in a file; raises ContractFileError."""
    if len(content) > FILE_BYTES_MAX:
        problem = f"the file has {len(content)} bytes, more than {FILE_BYTES_MAX}"
        raise ContractFileError(path, 1, problem, "send less in one event")
    text, document = parsed(path, content)
    check_document(path, text, document)
    return Contract(path, document, text)


def check_document(path: PurePosixPath, text: str, document: Schema) -> None:
    """Raises ContractFileError if a document is not a contract that can be judged."""
    file = _File(path, text, document)
    file.check_nesting()
    file.check_schema()
    file.check_keywords()


def bytes_of(path: PurePosixPath, file: Path) -> bytes:
    """Returns the beginning of a file; raises ContractFileError."""
    try:
        if not S_ISREG(file.stat().st_mode):  # opening a pipe would block
            problem = "the file cannot be read: not a regular file"
            raise ContractFileError(path, 1, problem, "replace it with a readable file")
        with file.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
        raise ContractFileError(path, 1, problem, "replace it with a readable file") from error


def in_order(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    """Returns the contracts by name; raises ContractFileError if two have the same."""
    named: dict[str, Contract] = {}
    for one in contracts:
        if one.name in named:
            problem = f"{printable(one.name)} is also the contract in {named[one.name].path}"
            raise ContractFileError(one.path, one.line("/x-detail-type"), problem, "remove one")
        named[one.name] = one
        if len(named) > CONTRACTS_MAX:
            problem = f"more than {CONTRACTS_MAX} contracts"
            raise ContractFileError(one.path, 1, problem, "check a part of them")
    return tuple(named[name] for name in sorted(named))


def parsed(path: PurePosixPath, content: bytes) -> tuple[str, Schema]:
    """Returns the text and the object of a JSON file; raises ContractFileError."""
    text, line, cause = "", 1, ValueError()
    try:
        text = content.decode()
        json.loads(text, parse_int=float)  # checks the syntax; the length of integers follows
        check_portable(text)
        document = json.loads(text)
    except json.JSONDecodeError as error:
        cause, problem, line = error, f"{error.msg} (column {error.colno})", error.lineno
    except UnicodeDecodeError as error:
        cause, problem, line = error, str(error), content.count(b"\n", 0, error.start) + 1
    except AmbiguousJsonError as error:
        cause, problem, line = error, str(error), error.line
    except RecursionError as error:
        cause, problem = ValueError(str(error)), "nested too deeply"
    else:
        if isinstance(document, dict):
            return text, document
        raise ContractFileError(path, 1, "not a JSON object", EXPORT)
    raise ContractFileError(path, line, f"invalid JSON: {problem}", EXPORT) from cause


@dataclass
class _File:
    """A parsed contract file; every check raises ContractFileError."""

    path: PurePosixPath
    text: str
    document: Schema
    _depths: dict[str, int] = field(default_factory=dict)
    """Levels of each definition that was measured."""

    _open: list[str] = field(default_factory=list)
    """Definitions that are being measured, the outermost first."""

    def _error(self, pointer: str, problem: str, remedy: str = EXPORT) -> ContractFileError:
        return ContractFileError(self.path, line_of(self.text, pointer), problem, remedy)

    def check_nesting(self) -> None:
        """Rejects a contract that would be endless or too deep with its definitions expanded."""
        definitions = self.document.get("$defs", {})
        if not isinstance(definitions, dict):
            raise self._error("/$defs", "$defs is not a JSON object")
        # An unused definition is checked too: a later change may use it.
        for name in definitions:
            self._end_of(name, 0)
        root = {key: value for key, value in self.document.items() if key != "$defs"}
        self._deepest(root, "", _Kind.SCHEMA, 0)

    def _end_of(self, name: str, level: int) -> int:
        """Returns the deepest level of a definition that begins at a level."""
        if name not in self._depths:
            self._open.append(name)
            pointer, schema = f"/$defs/{escaped(name)}", self.document["$defs"][name]
            self._depths[name] = self._deepest(schema, pointer, _Kind.SCHEMA, level) - level
            self._open.pop()
        return level + self._depths[name]

    def _deepest(self, value: Any, pointer: str, kind: _Kind, level: int) -> int:
        """Returns the deepest level of a value that begins at a level."""
        if kind is _Kind.SCHEMA and pointer.endswith("/$ref") and isinstance(value, str):
            level = self._end_of(self._definition(value, pointer), level)
        if level > NESTING_MAX:
            problem = f"the contract is nested more than {NESTING_MAX} levels deep"
            raise self._error(pointer, problem, "send flatter data, or a string")
        entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
        entries = enumerate(value) if isinstance(value, list) else entries
        below = (
            self._deepest(entry, within(pointer, str(key)), _kind_of(str(key), kind), level + 1)
            for key, entry in entries
        )
        return max(below, default=level)

    def _definition(self, reference: str, pointer: str) -> str:
        """Returns the name of the definition that is referred to."""
        name = unescaped(reference.removeprefix(_DEFINITIONS))
        is_local = reference.startswith(_DEFINITIONS)
        if not is_local or name not in self.document.get("$defs", {}):
            problem = f"$ref {reference!r} is not a definition below {_DEFINITIONS}"
            raise self._error(pointer, problem, "export the contract again")
        if name in self._open:
            cycle = printable(" -> ".join((*self._open, name)))
            remedy = "declare only the levels that are sent"
            raise self._error(pointer, f"the contract is recursive: {cycle}", remedy)
        return name

    def check_schema(self) -> None:
        """Rejects an invalid JSON Schema."""
        try:
            jsonschema_rs.meta.validate(self.document)
        except jsonschema_rs.ValidationError as error:
            pointer = within("", *map(str, error.instance_path))
            place, message = pointer or "the file", printable(error.message)
            raise self._error(pointer, f"{place} is not a valid JSON Schema: {message}") from error

    def check_keywords(self) -> None:
        """Rejects missing and invalid keywords of contracts, and invalid examples."""
        for keyword in _REQUIRED:
            if not self.document.get(keyword):
                raise ContractFileError(self.path, 1, f"{keyword} is missing", EXPORT)
        for keyword in (*_STRINGS, *_DATES):
            problem = _problem(keyword, self.document.get(keyword, ""))
            if keyword in self.document and problem:
                raise self._error(f"/{keyword}", f"{keyword} is {problem}")
        for index, example in enumerate(self.document.get("examples", ())):
            if not isinstance(example, dict):
                raise self._error(f"/examples/{index}", "an example is not a JSON object")


def _kind_of(key: str, around: _Kind) -> _Kind:
    if around is _Kind.SCHEMA and key not in VALUES:
        return _Kind.SCHEMAS_BY_NAME if key in NAMED else _Kind.SCHEMA
    return _Kind.SCHEMA if around is _Kind.SCHEMAS_BY_NAME else _Kind.DATA


def _problem(keyword: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return "not a string"
    if keyword == "x-compatibility" and value not in set(Policy):
        return f"{printable(value)!r}, expected one of {', '.join(Policy)}"
    if keyword in _DATES and not _is_date(value):
        return f"{printable(value)!r}, expected a date like 2027-01-31"
    return None


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
