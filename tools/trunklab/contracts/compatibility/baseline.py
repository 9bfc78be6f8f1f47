"""Baseline of a comparison: a branch, a revision or a folder, with its earlier versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from trunklab.contracts import git_files
from trunklab.contracts.compatibility.inclusion_limits import VERSIONS_MAX
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import FOLDER, SUFFIX, contract, contracts_at, contracts_in
from trunklab.contracts.errors import ContractFileError, RevisionError


@dataclass(frozen=True)
class Version:
    """An earlier version of a contract and the commit that made it."""

    contract: Contract
    commit: str


@dataclass(frozen=True)
class Baseline:
    """The contracts to compare with."""

    name: str
    contracts: tuple[Contract, ...]
    root: Path
    is_folder: bool = False

    def earlier(self, of: Contract) -> Sequence[Version]:
        """Returns every committed version of this major, the newest first.

        A folder has no history, and invalid versions are skipped. Raises RevisionError if the
        history is incomplete.
        """
        if self.is_folder:
            return ()
        changed = git_files.history(self.root, self.name, FOLDER, f"/{of.detail_type}{SUFFIX}")
        if len(changed) > VERSIONS_MAX:
            changed = changed[:VERSIONS_MAX]
        contents = git_files.contents(self.root, [one.blob for one in changed])
        found = []
        for one in changed:
            try:
                found.append(Version(contract(one.path, contents[one.blob]), one.commit))
            except ContractFileError:
                continue
        return [version for version in found if version.contract.name == of.name]


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
