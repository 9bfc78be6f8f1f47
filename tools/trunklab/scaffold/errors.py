"""Errors of the scaffold.

TrunklabError
└── UsageError
    └── ScaffoldError           nothing was changed
        ├── WhereError          a condition of `--where` cannot be used
        └── EditedError         a file is not as `trunkline new` wrote it
"""

from collections.abc import Iterable

from trunklab.errors import UsageError


class ScaffoldError(UsageError):
    """Files cannot be added or removed; nothing was changed."""


class WhereError(ScaffoldError):
    """A condition of --where is invalid or can never match."""

    def __init__(self, expression: str, problem: str) -> None:
        super().__init__(f"Invalid --where {expression!r}: {problem}")


class EditedError(ScaffoldError):
    """Files were edited by hand since `trunkline new` wrote them."""

    def __init__(self, what: str, files: Iterable[str]) -> None:
        listed = "".join(f"\n  {file}" for file in sorted(files))
        super().__init__(
            f"{what} was edited since `trunkline new` made it:{listed}\n"
            "Save what you need, then repeat the command with --force."
        )
