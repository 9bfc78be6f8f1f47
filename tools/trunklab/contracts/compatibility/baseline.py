"""Baseline of a comparison: a branch, a revision or a folder, with its earlier versions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from trunklab.contracts import git_files
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import FOLDER
from trunklab.contracts.errors import ContractFileError, RevisionError
from trunklab.contracts.exported_contracts import (
    OWN_FILES,
    Location,
    contracts_of,
    exported_contracts,
)

VERSIONS_MAX: Final = 200
"""Committed versions of one contract that a transitive policy looks back at."""


@dataclass(frozen=True)
class Baseline:
    """The contracts to compare with."""

    name: str
    contracts: tuple[Contract, ...]
    root: Path
    is_folder: bool = False
    location: Location = OWN_FILES

    def earlier(self, of: Contract) -> Iterator[tuple[Contract, str]]:
        """Yields every committed version of this major with its commit, the newest first.

        A folder has no history, and invalid versions are skipped. Raises RevisionError if the
        history is incomplete.
        """
        if self.is_folder:
            return
        versions = self.location.versions(self.root, self.name, of)[:VERSIONS_MAX]
        contents = git_files.contents(self.root, [version.blob for version in versions])
        for version in versions:
            try:
                earlier = contracts_of(version.path, contents[version.blob])
            except ContractFileError:
                continue
            yield from ((one, version.commit) for one in earlier if one.name == of.name)


def baseline(root: Path, against: str | None, location: Location = OWN_FILES) -> Baseline:
    """Returns the state to compare with; raises RevisionError and ContractFileError."""
    if against is None:
        against = git_files.main_branch(root)
    elif not against.strip():
        raise RevisionError("--against is empty; name a revision or a folder, or omit it")
    elif is_folder(Path(against) / location.folder):
        folder = Path(against)
        return Baseline(against, location.below(folder), folder, is_folder=True)
    elif is_folder(Path(against)) and not git_files.has(root, against):
        if location.exported is None:
            problem = f"{against} has no folder {FOLDER}/"
            raise RevisionError(f"{problem}; name a checkout with --against")
        older = exported_contracts(Path(against), Path(against)).whole()
        moved = tuple(replace(one, path=location.exported / one.path) for one in older)
        return Baseline(against, moved, Path(against), is_folder=True)
    return Baseline(against, location.at(root, against), root, location=location)


def is_folder(path: Path) -> bool:
    """True if the path is a folder, and not text that is too long for a path."""
    try:
        return path.is_dir()
    except OSError:
        return False  # text that is too long for a path may be a revision
