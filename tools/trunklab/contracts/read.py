"""Reads the committed contracts of a checkout, or of a revision of it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Final

import jsonschema_rs

from trunklab.contracts import git
from trunklab.contracts.contract import Contract, Schema
from trunklab.contracts.errors import ContractFileError
from trunklab.contracts.lines import escaped, line_of
from trunklab.contracts.nesting import NestingError, check_nesting
from trunklab.contracts.policy import Policy
from trunklab.printable import printable

FOLDER: Final = "schemas"
SUFFIX: Final = ".schema.json"
FILE_BYTES_MAX: Final = 1_000_000
"""Bytes of one contract file; the registry takes a hundredth of it."""

CONTRACTS_MAX: Final = 10_000
"""Contract files of one checkout."""

EXPORT: Final = "write it with `trunkline schemas export`"
_MARKS: Final = ("x-source", "x-detail-type")
_TEXTS: Final = (*_MARKS, "x-owner", "x-subject", "x-compatibility")
_DATES: Final = ("x-deprecated-since", "x-sunset")


def contracts_in(root: Path) -> tuple[Contract, ...]:
    """Return the contracts below `schemas/`, in the order of their names.

    Raises ContractFileError for the first file that is none.
    """
    found = sorted((root / FOLDER).glob(f"*/*{SUFFIX}"))
    paths = {PurePosixPath(path.relative_to(root).as_posix()): path for path in found}
    return _in_order(contract(path, _bytes_of(path, file)) for path, file in paths.items())


def contracts_at(root: Path, revision: str) -> tuple[Contract, ...]:
    """Return the contracts of a git revision; raises ContractFileError and RevisionError."""
    blobs = git.files_at(root, revision, FOLDER, SUFFIX)
    texts = git.contents(root, blobs.values())
    return _in_order(contract(path, texts[blob]) for path, blob in blobs.items())


def contract(path: PurePosixPath, content: bytes) -> Contract:
    """Return the contract in a file; raises ContractFileError."""
    if len(content) > FILE_BYTES_MAX:
        problem = f"it has {len(content)} bytes, a contract at most {FILE_BYTES_MAX}"
        raise ContractFileError(path, 1, problem, "send less in one event")
    text, document = _parsed(path, content)
    for check in (_check_schema, _check_marks, _check_examples):
        check(path, text, document)
    return Contract(path, document, text)


def _bytes_of(path: PurePosixPath, file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        problem = f"it cannot be read: {error.strerror}"
        raise ContractFileError(path, 1, problem, "make it a readable file") from error


def _in_order(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    named: dict[str, Contract] = {}
    for one in contracts:
        if one.name in named:
            problem = f"{printable(one.name)} is also the contract in {named[one.name].path}"
            raise ContractFileError(one.path, one.line("/x-detail-type"), problem, "remove one")
        named[one.name] = one
        if len(named) > CONTRACTS_MAX:
            problem = f"there are more than {CONTRACTS_MAX} contracts"
            raise ContractFileError(one.path, 1, problem, "check one part of them at a time")
    return tuple(named[name] for name in sorted(named))


def _parsed(path: PurePosixPath, content: bytes) -> tuple[str, Schema]:
    try:
        text = content.decode()
        document = json.loads(
            text, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        problem = f"it is no JSON: {error.msg} (column {error.colno})"
        raise ContractFileError(path, error.lineno, problem, EXPORT) from error
    except (ValueError, RecursionError) as error:
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ContractFileError(path, 1, f"it is no JSON: {problem}", EXPORT) from error
    if not isinstance(document, dict):
        raise ContractFileError(path, 1, "it is no JSON object", EXPORT)
    return text, document


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise ValueError(f"an object has the key {printable(double)!r} twice")
    return made


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _check_schema(path: PurePosixPath, text: str, document: Schema) -> None:
    try:
        check_nesting(document)
        jsonschema_rs.meta.validate(document)
    except NestingError as error:
        line = line_of(text, error.pointer)
        raise ContractFileError(path, line, error.problem, error.remedy) from error
    except jsonschema_rs.ValidationError as error:
        pointer = "".join(f"/{escaped(str(part))}" for part in error.instance_path)
        problem = f"{pointer or 'it'} is no JSON Schema: {printable(error.message)}"
        raise ContractFileError(path, line_of(text, pointer), problem, EXPORT) from error


def _check_marks(path: PurePosixPath, text: str, document: Schema) -> None:
    for keyword in _MARKS:
        if not document.get(keyword):
            raise ContractFileError(path, 1, f"it has no {keyword}", EXPORT)
    for keyword in (*_TEXTS, *_DATES):
        problem = _problem(document, keyword)
        if problem:
            line = line_of(text, f"/{keyword}")
            raise ContractFileError(path, line, f"{keyword} is {problem}", EXPORT)


def _problem(document: Mapping[str, Any], keyword: str) -> str | None:
    if keyword not in document:
        return None
    value = document[keyword]
    if not isinstance(value, str):
        return "no text"
    if keyword == "x-compatibility" and value not in set(Policy):
        return f"{printable(value)!r}, which is none of {', '.join(Policy)}"
    if keyword in _DATES and not _is_date(value):
        return f"{printable(value)!r}, no date like 2027-01-31"
    return None


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _check_examples(path: PurePosixPath, text: str, document: Schema) -> None:
    for at, example in enumerate(document.get("examples", ())):
        if not isinstance(example, dict):
            line = line_of(text, f"/examples/{at}")
            raise ContractFileError(path, line, "an example is no JSON object", EXPORT)
