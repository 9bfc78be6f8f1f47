"""A finding of a check: its place, what is wrong, and how to fix it."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath


class Level(StrEnum):
    """Severity of a finding; errors and warnings make a command exit with 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Finding:
    """One wrong place; the path is relative to the checkout, lines count from 1."""

    path: PurePosixPath
    follows: bool = field(default=False, kw_only=True)
    """True if other findings of the file explain it: it is sorted after them."""

    line: int
    id: str
    what: str
    fix: str
    level: Level = Level.ERROR
    owner: str = ""
    """The team that owns the contract concerned, with its sunset if declared."""

    def __str__(self) -> str:
        owned = f" ({self.owner})" if self.owner else ""
        return f"{self.path}:{self.line}: {self.level}[{self.id}] {self.what}{owned} -> {self.fix}"
