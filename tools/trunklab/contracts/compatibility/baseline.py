"""Baseline of a comparison: a branch, a revision or a folder, with its earlier versions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab.contracts import git_files
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import FOLDER, SUFFIX, contract, contracts_at, contracts_in
from trunklab.contracts.errors import ContractFileError, RevisionError

VERSIONS_MAX: Final = 200
"""Committed versions of one contract that a transitive policy looks back at."""


@dataclass(frozen=True)
class Baseline:
    """The contracts to compare with."""

    name: str
    contracts: tuple[Contract, ...]
    root: Path
    is_folder: bool = False

    def earlier(self, of: Contract) -> Iterator[tuple[Contract, str]]:
        """Yields every committed version of this major with its commit, the newest first.

        A folder has no history, and invalid versions are skipped. Raises RevisionError if the
        history is incomplete.
        """
        if self.is_folder:
            return
        ending = f"/{of.detail_type}{SUFFIX}"
        versions = git_files.history(self.root, self.name, FOLDER, ending)[:VERSIONS_MAX]
        contents = git_files.contents(self.root, [version.blob for version in versions])
        for version in versions:
            try:
                earlier = contract(version.path, contents[version.blob])
            except ContractFileError:
                continue
            if earlier.name == of.name:
                yield earlier, version.commit


def baseline(root: Path, against: str | None) -> Baseline:
    """Returns the state to compare with; raises RevisionError and ContractFileError."""
    if against is None:
        against = git_files.main_branch(root)
    elif not against.strip():
        raise RevisionError("--against is empty; name a revision or a folder, or omit it")
    elif is_folder(Path(against) / FOLDER):
        folder = Path(against)
        return Baseline(against, contracts_in(folder), folder, is_folder=True)
    elif is_folder(Path(against)) and not git_files.has(root, against):
        raise RevisionError(f"{against} has no folder {FOLDER}/; name a checkout with --against")
    return Baseline(against, contracts_at(root, against), root)


def is_folder(path: Path) -> bool:
    """True if the path is a folder, and not text that is too long for a path."""
    try:
        return path.is_dir()
    except OSError:
        return False  # text that is too long for a path may be a revision
