"""The files of the repository, each read and parsed once."""

import ast
import contextlib
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

_COMMENT: Final = tokenize.COMMENT
_GIT_S_MAX: Final = 30.0


@dataclass(frozen=True)
class Finding:
    """A place that breaks a rule, and how to fix it."""

    path: PurePosixPath
    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {self.what} -> {self.fix}"


class Source:
    """One text file of the repository, by its path from the root."""

    def __init__(self, path: str, text: str) -> None:
        self.path = PurePosixPath(path)
        self.text = text

    @property
    def is_python(self) -> bool:
        """True if the file is a Python module or script."""
        return self.path.suffix == ".py"

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the parsed module."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def comments(self) -> tuple[tuple[int, str], ...]:
        """Every comment with its line."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return tuple((token.start[0], token.string) for token in tokens if token.type == _COMMENT)

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """Every function and method of the module, nested ones too."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return tuple(node for node in self.nodes if isinstance(node, kinds))

    @cached_property
    def tests(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """Every function that pytest collects from the file."""
        if "tests" not in self.path.parts or not self.path.match("test_*.py"):
            return ()
        return tuple(function for function in self.functions if function.name.startswith("test_"))

    def matches(self, pattern: re.Pattern[str], what: str, fix: str) -> Iterator[Finding]:
        """Yields a finding for each match of a pattern."""
        for match in pattern.finditer(self.text):
            line = self.text.count("\n", 0, match.start()) + 1
            yield self.finding(line, f"{what}: {match[0]}", fix)

    def finding(self, line: int, what: str, fix: str) -> Finding:
        """Returns a finding in this file."""
        return Finding(self.path, line, what, fix)


def read_sources(root: Path) -> tuple[Source, ...]:
    """Returns every text file that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(  # noqa: S603 - constant arguments
        command, cwd=root, capture_output=True, check=True, timeout=_GIT_S_MAX
    )
    sources = []
    for name in sorted(set(listing.stdout.decode().split("\0"))):
        if name and (root / name).is_file():  # git lists a deleted file until the next commit
            with contextlib.suppress(UnicodeDecodeError):  # a binary file
                sources.append(Source(name, (root / name).read_text("utf-8")))
    return tuple(sources)
