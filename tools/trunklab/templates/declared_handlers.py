"""Handlers that the code of a service declares; the code is not imported."""

import ast
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import resolve_name
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from trunklab.templates.errors import SourceError, TopologyError
from trunklab.templates.topology import Handler

CONSUMER: Final = "Consumer"
"""The class of the runtime that handlers are declared on."""

MODULES_MAX: Final = 5_000
"""Python files of one service: ours."""

MODULE_BYTES_MAX: Final = 1024 * 1024
"""Bytes of one Python file: ours."""

_CONTRACTS: Final = "schemas"
_NEVER_SOURCE: Final = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True)
class Module:
    """One Python file of a function's code."""

    name: str
    file: PurePosixPath
    tree: ast.Module

    @cached_property
    def names(self) -> dict[str, str]:
        """Returns the full names of what its imports and assignments bind."""
        package = self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]
        own = {name: f"{self.name}.{name}" for name, _ in self.assigned}
        return own | _bound_names(self.tree, package)

    @cached_property
    def assigned(self) -> tuple[tuple[str, ast.expr], ...]:
        """Returns the plain names that its top level assigns, with the values."""
        return tuple(
            (target.id, statement.value)
            for statement in self.tree.body
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
            for target in (
                statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            )
            if isinstance(target, ast.Name)
        )


@dataclass(frozen=True)
class Code:
    """The modules of one folder of code."""

    service: str
    modules: Mapping[str, Module]

    @cached_property
    def apps(self) -> frozenset[str]:
        """Returns the full names of every `Consumer(…)`."""
        return frozenset(
            f"{module.name}.{name}"
            for module in self.modules.values()
            for name, value in module.assigned
            if isinstance(value, ast.Call)
            and (_spelled_out(value.func, module.names) or "").endswith(f".{CONSUMER}")
        )

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """Returns every handler, by module and line."""
        return tuple(
            handler
            for module in self.modules.values()
            for call in _registrations(module.tree)
            if (handler := self._declared(module, call)) is not None
        )

    def app_behind(self, handler: str) -> str | None:
        """Returns the Consumer of a Lambda handler, None if it has no Consumer."""
        for _ in range(len(self.modules) + 1):  # a module may import the name from another one
            module, _, symbol = handler.rpartition(".")
            found = self.modules.get(module)
            app = self._called_by(found, symbol) if found else None
            if found is None or app is not None:
                return app
            value = dict(found.assigned).get(symbol)
            elsewhere = _spelled_out(value, found.names) if value else found.names.get(symbol)
            if elsewhere is None or elsewhere == handler:
                return None
            handler = elsewhere
        return None

    def _called_by(self, module: Module, symbol: str) -> str | None:
        """Returns the Consumer whose `handler` a name is, or calls in a function."""
        made: dict[str, ast.AST] = dict(module.assigned)
        made |= {one.name: one for one in module.tree.body if isinstance(one, ast.FunctionDef)}
        for node in ast.walk(made[symbol]) if symbol in made else ():
            if isinstance(node, ast.Attribute) and node.attr == "handler":
                origin = self._origin(_spelled_out(node.value, module.names) or "")
                if origin:
                    return origin
        return None

    def _declared(self, module: Module, call: ast.Call) -> Handler | None:
        """Returns the handler that a call `app.on(Contract, …)` declares, or None."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "on":
            return None
        app = self._origin(_spelled_out(call.func.value, module.names) or "")
        contracts = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "contract")]
        if app is None or not contracts:
            return None
        names = [one.value for one in call.keywords if one.arg == "name"]
        contract = self._spelled_where_made(_spelled_out(contracts[0], module.names) or "")
        domain, _, class_name = contract.removeprefix(f"{_CONTRACTS}.").rpartition(".")
        return Handler(
            service=self.service,
            file=module.file,
            line=call.lineno,
            name=next((str(one.value) for one in names if isinstance(one, ast.Constant)), ""),
            contract_name=class_name or ast.unparse(contracts[0]),
            domain=domain.partition(".")[0] if contract.startswith(f"{_CONTRACTS}.") else "",
            app=app,
        )

    def _origin(self, name: str) -> str | None:
        found = self._spelled_where_made(name)
        return found if found in self.apps else None

    def _spelled_where_made(self, name: str) -> str:
        """Follows a name through the modules that only import it."""
        for _ in range(len(self.modules) + 1):
            module, _, symbol = name.rpartition(".")
            found = self.modules.get(module)
            further = found.names.get(symbol) if found else None
            if further is None or further == name:
                return name
            name = further
        return name


def code_in(root: Path, folder: PurePosixPath, service: str) -> Code:
    """Reads every module of a folder; raises SourceError for a module that is not Python."""
    files = [file for file in source_files(root / folder) if file.suffix == ".py"]
    if len(files) > MODULES_MAX:
        problem = f"more than {MODULES_MAX} modules"
        raise TopologyError(folder, problem, "split the service, or point CodeUri at its code")
    modules = (_module(root, folder, file) for file in files)
    return Code(service, {module.name: module for module in modules})


def source_files(folder: Path, without: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Yields the files below a folder in a fixed order, without hidden and generated folders."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _NEVER_SOURCE and here / name not in without
        )
        yield from (here / name for name in sorted(names) if not name.endswith(".pyc"))


def tree_of(path: Path, shown: PurePath) -> ast.Module:
    """Returns the syntax tree of a file, which errors call `shown`; raises SourceError."""
    try:
        content = path.read_bytes()
        if len(content) > MODULE_BYTES_MAX:
            raise SourceError(shown, 1, f"larger than {MODULE_BYTES_MAX} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its escapes: not our subject
            return ast.parse(content)
    except OSError as error:
        raise SourceError(shown, 1, f"cannot be read ({error.strerror})") from error
    except SyntaxError as error:
        raise SourceError(shown, error.lineno or 1, f"not Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(shown, 1, "not Python that can be read") from error


def _bound_names(tree: ast.Module, package: str) -> dict[str, str]:
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                bound[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            try:
                origin = resolve_name("." * node.level + (node.module or ""), package)
            except ImportError:
                continue  # beyond the folder of the code
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{origin}.{alias.name}"
    return bound


def _spelled_out(node: ast.expr, bound: Mapping[str, str]) -> str | None:
    """Returns the full name of an expression, None if it is not a bound name."""
    if isinstance(node, ast.Attribute):
        owner = _spelled_out(node.value, bound)
        return None if owner is None else f"{owner}.{node.attr}"
    return bound.get(node.id) if isinstance(node, ast.Name) else None


def _module(root: Path, folder: PurePosixPath, path: Path) -> Module:
    file = PurePosixPath(path.relative_to(root).as_posix())
    parts = list(file.relative_to(folder).with_suffix("").parts)
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, file, tree_of(path, file))


def _registrations(tree: ast.Module) -> Iterator[ast.Call]:
    """Yields calls that may declare a handler: decorators, and calls whose result is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (call for call in node.decorator_list if isinstance(call, ast.Call))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and node.args:
            yield node.func
