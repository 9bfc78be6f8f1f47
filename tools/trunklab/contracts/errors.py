"""Errors of the export of contracts, which then writes nothing, and of their comparison.

TrunklabError
└── UsageError
    ├── ContractFileError         a committed contract cannot be read or is invalid
    ├── ReadsFileError            a reads.yaml cannot be read or is invalid
    ├── RevisionError             the state to compare with cannot be read
    ├── StaleFilesError           an exported file differs from its class
    └── ContractsError            root of the errors of the export
        ├── CatalogError          the contracts contradict each other, or their own examples
        ├── NotDescribedError     a model accepts other values than its exported schema
        ├── NotExpressibleError   a contract has a keyword that OpenAPI 3.0 lacks
        ├── RegistryError         a registry document is invalid or larger than the registry takes
        └── TemplatePlaceError    a producer's template does not nest its registry entries
"""

from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath

from trunklab.errors import UsageError


class ContractsError(UsageError):
    """Root of the errors of the export."""


class CatalogError(ContractsError):
    """The contracts contradict each other or their examples, or lie in the wrong package."""


class NotDescribedError(ContractsError):
    """A model accepts other values than its exported schema, or checks them in code."""

    def __init__(self, contract: str, faults: Iterable[tuple[str, str, str]]) -> None:
        """Takes the path, problem and fix of each field."""
        self.faults = tuple(faults)
        lines = [
            f"contract {contract}: {path or 'the event'} {problem}: {remedy}."
            for path, problem, remedy in self.faults
        ]
        super().__init__("\n".join(lines))


class NotExpressibleError(ContractsError):
    """A contract uses a JSON Schema keyword that OpenAPI 3.0 lacks."""

    def __init__(self, keyword: str, where: str) -> None:
        super().__init__(
            f"{where}: OpenAPI 3.0, the registry's form, cannot express {keyword!r}; "
            "change the type of this field"
        )
        self.keyword = keyword
        self.where = where


class RegistryError(ContractsError):
    """A registry document is invalid or too large for the schema registry."""


class TemplatePlaceError(ContractsError):
    """A producer's template is missing, or does not nest the registry entries."""


class ContractFileError(UsageError):
    """A committed contract file cannot be read or is invalid."""

    def __init__(self, path: PurePosixPath, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"{path}:{line}: {problem}; {remedy}")
        self.path = path
        self.line = line
        self.problem = problem
        self.remedy = remedy


class ReadsFileError(UsageError):
    """A reads.yaml cannot be read or is invalid."""

    def __init__(self, path: PurePath, problem: str) -> None:
        super().__init__(f"{path}: {problem}. Write the file as docs/testing.md shows.")


class RevisionError(UsageError):
    """The state to compare with cannot be read."""


class StaleFilesError(UsageError):
    """Exported files differ from their classes, so nothing read from them can be trusted."""

    def __init__(self, paths: Iterable[Path]) -> None:
        names = ", ".join(path.as_posix() for path in paths)
        super().__init__(f"Stale: {names}. Run `trunkline schemas export` first.")
