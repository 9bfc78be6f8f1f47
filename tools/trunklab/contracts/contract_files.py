"""Committed contracts of a checkout or of a git revision."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from math import isfinite
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, Final

import jsonschema_rs

from trunklab.contracts import git_files
from trunklab.contracts.compatibility_policy import Policy
from trunklab.contracts.contract import Contract, Schema
from trunklab.contracts.errors import ContractFileError
from trunklab.contracts.json_line_numbers import line_of, line_of_duplicate_key, line_of_word
from trunklab.contracts.schema_nesting import NestingError, check_nesting
from trunklab.printable import printable
from trunklab.schema_solver.json_pointer import within

FOLDER: Final = "schemas"
SUFFIX: Final = ".schema.json"
FILE_BYTES_MAX: Final = 1_000_000
"""Bytes of one contract file; the registry allows a hundredth of them."""

CONTRACTS_MAX: Final = 10_000
"""Contract files of one checkout."""

EXPORT: Final = "write it with `trunkline schemas export`"
_NUMBER_CHARACTERS_SHOWN: Final = 20
_MARKS: Final = ("x-source", "x-detail-type")
_TEXTS: Final = (*_MARKS, "x-owner", "x-subject", "x-compatibility")
_DATES: Final = ("x-deprecated-since", "x-sunset")


class _AmbiguousJsonError(ValueError):
    """Valid JSON syntax with content that JSON readers interpret differently."""

    def __init__(self, problem: str, written: str = "") -> None:
        super().__init__(problem)
        self.written = written


def contracts_in(root: Path) -> tuple[Contract, ...]:
    """Returns the contracts below `schemas/`, in the order of their names.

    Raises ContractFileError for the first invalid file.
    """
    found = sorted((root / FOLDER).glob(f"*/*{SUFFIX}"))
    paths = {PurePosixPath(path.relative_to(root).as_posix()): path for path in found}
    return _in_order(contract(path, _bytes_of(path, file)) for path, file in paths.items())


def contracts_at(root: Path, revision: str) -> tuple[Contract, ...]:
    """Returns the contracts of a git revision; raises ContractFileError and RevisionError."""
    blobs = git_files.files_at(root, revision, FOLDER, SUFFIX)
    texts = git_files.contents(root, blobs.values())
    return _in_order(contract(path, texts[blob]) for path, blob in blobs.items())


def contract(path: PurePosixPath, content: bytes) -> Contract:
    """Returns the contract in a file; raises ContractFileError."""
    if len(content) > FILE_BYTES_MAX:
        problem = f"the file has {len(content)} bytes, more than {FILE_BYTES_MAX}"
        raise ContractFileError(path, 1, problem, "send less in one event")
    text, document = _parsed(path, content)
    for check in (_check_schema, _check_marks, _check_examples):
        check(path, text, document)
    return Contract(path, document, text)


def _bytes_of(path: PurePosixPath, file: Path) -> bytes:
    try:
        if not S_ISREG(file.stat().st_mode):  # opening a pipe would block
            problem = "the file cannot be read: not a regular file"
            raise ContractFileError(path, 1, problem, "replace it with a readable file")
        with file.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
        raise ContractFileError(path, 1, problem, "replace it with a readable file") from error


def _in_order(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
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


def _parsed(path: PurePosixPath, content: bytes) -> tuple[str, Schema]:
    text, line = "", 1
    try:
        text = content.decode()
        document = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_number,
            parse_float=_number,
            parse_int=_number,
        )
        if "\\ud" in text.lower():
            _check_text(document)
    except json.JSONDecodeError as error:
        problem, line = f"{error.msg} (column {error.colno})", error.lineno
        raise ContractFileError(path, line, f"invalid JSON: {problem}", EXPORT) from error
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
        raise ContractFileError(path, line, f"invalid JSON: {error}", EXPORT) from error
    except _AmbiguousJsonError as error:
        line = line_of_word(text, error.written) if error.written else line_of_duplicate_key(text)
        raise ContractFileError(path, line, f"invalid JSON: {error}", EXPORT) from error
    except RecursionError as error:
        problem = "invalid JSON: nested too deeply"
        raise ContractFileError(path, line, problem, EXPORT) from error
    if not isinstance(document, dict):
        raise ContractFileError(path, 1, "not a JSON object", EXPORT)
    return text, document


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise _AmbiguousJsonError(f"an object has the key {printable(double)!r} twice")
    return made


def _number(written: str) -> float:
    try:
        value = float(written)
        if isfinite(value):
            return int(written) if written.lstrip("-").isdecimal() else value
    except ValueError:
        pass
    shown = printable(written, _NUMBER_CHARACTERS_SHOWN)
    raise _AmbiguousJsonError(f"{shown} is not a portable JSON number", written)


def _check_text(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        lone = f"\\u{ord(error.object[error.start]):04x}"
        raise _AmbiguousJsonError(f"{lone} is a lone surrogate", lone) from error


def _check_schema(path: PurePosixPath, text: str, document: Schema) -> None:
    try:
        check_nesting(document)
        jsonschema_rs.meta.validate(document)
    except NestingError as error:
        line = line_of(text, error.pointer)
        raise ContractFileError(path, line, error.problem, error.remedy) from error
    except jsonschema_rs.ValidationError as error:
        pointer = within("", *map(str, error.instance_path))
        problem = f"{pointer or 'the file'} is not a valid JSON Schema: {printable(error.message)}"
        raise ContractFileError(path, line_of(text, pointer), problem, EXPORT) from error


def _check_marks(path: PurePosixPath, text: str, document: Schema) -> None:
    for keyword in _MARKS:
        if not document.get(keyword):
            raise ContractFileError(path, 1, f"{keyword} is missing", EXPORT)
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


def _check_examples(path: PurePosixPath, text: str, document: Schema) -> None:
    for at, example in enumerate(document.get("examples", ())):
        if not isinstance(example, dict):
            line = line_of(text, f"/examples/{at}")
            raise ContractFileError(path, line, "an example is not a JSON object", EXPORT)
