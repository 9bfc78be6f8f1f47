"""The contract classes of this checkout, and whether their exported files are current."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import Final

from pydantic import PydanticUndefinedAnnotation, PydanticUserError, ValidationError
from pydantic_core import SchemaError

import schemas
from schemas.errors import SchemasError
from schemas.event import Event
from trunklab.contracts.contract_files import FOLDER
from trunklab.contracts.errors import CatalogError, StaleFilesError
from trunklab.contracts.export import stale_files
from trunklab.plain_error import message_of

_PACKAGE: Final = Path(str(schemas.__file__)).parent


def declared() -> Sequence[type[Event]]:
    """Returns the catalog; raises CatalogError if a contract cannot be declared."""
    try:
        contracts: Sequence[type[Event]] = import_module("schemas.catalog").CONTRACTS
        for contract in contracts:
            contract.model_rebuild()
    except (
        SchemasError,
        PydanticUserError,
        PydanticUndefinedAnnotation,
        SchemaError,
        ValidationError,
    ) as error:
        problem = " ".join(message_of(error).split())
        raise CatalogError(f"{_place(error)}: {problem}; correct the declaration") from error
    return contracts


def check_fresh(root: Path) -> None:
    """Raises StaleFilesError if an exported file differs from its class.

    Raises ContractsError if a class cannot be exported. A folder whose classes are not the
    imported ones has only its files: nothing to compare.
    """
    folder = root / FOLDER
    if folder.is_dir() and folder.samefile(_PACKAGE):
        stale = stale_files(root, declared())
        if stale:
            raise StaleFilesError([change.path for change in stale])


def _place(error: Exception) -> str:
    """Returns the innermost line of the contracts that led to the error."""
    places = [
        f"{Path(frame.filename).relative_to(_PACKAGE.parent).as_posix()}:{frame.lineno}"
        for frame in extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_PACKAGE)
        and Path(frame.filename) != _PACKAGE / "event.py"
    ]
    return places[-1] if places else FOLDER
