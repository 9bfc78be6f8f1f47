"""What a check finds: where, what is wrong, and how to mend it."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath


class Level(StrEnum):
    """How much a finding weighs; errors and warnings make a command end with 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Finding:
    """One place that is wrong; the path is relative to the checkout, lines count from 1."""

    path: PurePosixPath
    follows: bool = field(default=False, kw_only=True)
    """True if other findings of the file explain it: it is sorted after them."""

    line: int
    id: str
    what: str
    fix: str
    level: Level = Level.ERROR
    owner: str = ""
    """The team that answers for the contract it is about, with the end of its life if declared."""

    def __str__(self) -> str:
        owned = f" ({self.owner})" if self.owner else ""
        return f"{self.path}:{self.line}: {self.level}[{self.id}] {self.what}{owned} -> {self.fix}"
