"""The modules of one service and of the contracts, parsed but never imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.templates.python_file import tree_of

CONTRACTS: Final = "schemas"
"""The package of the contracts."""


@dataclass(frozen=True)
class Imported:
    """A name that is imported: from a module, or the module itself."""

    module: str
    name: str = ""


@dataclass(frozen=True, eq=False)
class Module:
    """One source file."""

    name: str
    path: PurePosixPath
    """Relative to the checkout."""
    tree: ast.Module
    is_package: bool

    @cached_property
    def names(self) -> dict[str, list[ast.AST | Imported]]:
        """What its names stand for, in the order they are bound."""
        found: dict[str, list[ast.AST | Imported]] = {}
        for statement in _top_level(self.tree.body):
            for name, meaning in bound_by(statement, self):
                found.setdefault(name, []).append(meaning)
        return found

    @property
    def statements(self) -> list[ast.stmt]:
        """What runs while it is imported, without what stands in loops."""
        return list(_top_level(self.tree.body))

    @property
    def stars(self) -> list[str]:
        """The modules that all names are imported from."""
        return [
            absolute(self, node)
            for node in _top_level(self.tree.body)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        ]


class Sources:
    """Finds modules by name in the service's own folder, and the contracts beside it."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folders = (folder, root)
        self._read: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """The module, or None if it is neither the service's nor a contract's.

        Raises SourceError for one that cannot be read.
        """
        if name not in self._read:
            self._read[name] = self._find(name)
        return self._read[name]

    def own_modules(self) -> list[Module]:
        """The service's modules that were read so far."""
        read = [one for one in self._read.values() if one is not None]
        return [one for one in read if one.name.partition(".")[0] != CONTRACTS]

    def contract_modules(self) -> Iterator[Module]:
        """Every module of the package of the contracts."""
        for path in sorted((self._root / CONTRACTS).rglob("*.py")):
            within = path.relative_to(self._root).with_suffix("").parts
            name = ".".join(within[:-1] if within[-1] == "__init__" else within)
            found = self.module(name)
            if found is not None:
                yield found

    def _find(self, name: str) -> Module | None:
        within = Path(*name.split("."))
        own, beside = self._folders
        folders = (beside,) if name.partition(".")[0] == CONTRACTS else (own,)
        for folder in folders:
            for path in (folder / within / "__init__.py", folder / within.with_suffix(".py")):
                if path.is_file():
                    return self._parsed(name, path)
        return None

    def _parsed(self, name: str, path: Path) -> Module:
        inside = path.is_relative_to(self._root)
        shown = PurePosixPath(path.relative_to(self._root) if inside else path)
        return Module(name, shown, tree_of(path, shown), path.name == "__init__.py")


def bound_by(statement: ast.stmt, module: Module) -> Iterator[tuple[str, ast.AST | Imported]]:
    """The names that a statement binds at the top of a module, with what they stand for."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name, statement
        case ast.Import():
            for alias in statement.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, Imported(alias.name if alias.asname else first)
        case ast.ImportFrom():
            source = absolute(module, statement)
            yield from (
                (alias.asname or alias.name, Imported(source, alias.name))
                for alias in statement.names
                if alias.name != "*"
            )
        case ast.Assign():
            for target in statement.targets:
                yield from _assigned(target, statement.value)
        case ast.AnnAssign() if statement.value is not None:
            yield from _assigned(statement.target, statement.value)


def absolute(module: Module, statement: ast.ImportFrom) -> str:
    """The full name of the module that is imported from."""
    if statement.level == 0:
        return statement.module or ""
    parts = module.name.split(".")
    kept = len(parts) - statement.level + (1 if module.is_package else 0)
    return ".".join([*parts[: max(kept, 0)], *filter(None, [statement.module])])


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        same = len(parts) == len(target.elts)
        for index, one in enumerate(target.elts):
            yield from _assigned(one, parts[index] if same else value)


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of the module itself, those under `if`, `try` and `with` as well."""
    for statement in body:
        yield statement
        for inner in ("body", "orelse", "finalbody"):
            if isinstance(statement, ast.If | ast.Try | ast.With):
                yield from _top_level(getattr(statement, inner, []))
        if isinstance(statement, ast.Try):
            for handler in statement.handlers:
                yield from _top_level(handler.body)
