"""The location of a repository's contracts: our own files, or a folder of exported schemas."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.contracts import git_files
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import (
    FOLDER,
    SUFFIX,
    contracts_at,
    contracts_in,
    in_order,
)
from trunklab.contracts.errors import RevisionError
from trunklab.contracts.exported_contracts import (
    ENDING,
    contracts_of,
    exported_contracts,
    is_read,
)


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
        if self.exported is None:
            return contracts_at(root, revision)
        if self.exported.parts[:1] == ("..",):
            problem = f"{self.exported} is outside of {root}, and in none of its revisions"
            raise RevisionError(f"{problem}; name a folder of older schemas with --against")
        blobs = git_files.tree(root, revision, "--", f"{self.folder}/")
        read = {
            path: blob
            for path, blob in blobs.items()
            if path.suffix == ENDING
            and is_read(path.relative_to(self.exported), lambda twin: self.exported / twin in blobs)
        }
        texts = git_files.contents(root, read.values())
        return in_order(
            found for path, blob in read.items() for found in contracts_of(path, texts[blob])
        )

    def versions(self, root: Path, revision: str, of: Contract) -> list[git_files.Changed]:
        """Returns the committed versions of a contract's file, the newest first."""
        ending = f"{of.detail_type}{SUFFIX}" if self.exported is None else of.path.name
        return git_files.history(root, revision, self.folder, f"/{ending}")


OWN_FILES: Final = Location()
"""The files that `schemas export` writes."""
