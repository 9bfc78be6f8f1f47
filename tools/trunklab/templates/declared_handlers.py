"""Finds the handlers that a service's code declares, without importing it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.local.deploy import folder_hash
from trunklab.templates.errors import TopologyError
from trunklab.templates.imported_names import bound_names, spelled_out
from trunklab.templates.python_file import tree_of
from trunklab.templates.template_limits import MODULES_MAX
from trunklab.templates.topology import Handler

CONSUMER: Final = "Consumer"
"""The class of the runtime that handlers are declared on."""

_CONTRACTS: Final = "schemas"


@dataclass(frozen=True)
class Module:
    """One Python file of a function's code."""

    name: str
    file: PurePosixPath
    tree: ast.Module

    @cached_property
    def names(self) -> dict[str, str]:
        """Its imported names, and those that it gives to something itself."""
        package = self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]
        own = {name: f"{self.name}.{name}" for name, _ in self.assigned}
        return own | bound_names(self.tree, package)

    @cached_property
    def assigned(self) -> tuple[tuple[str, ast.expr], ...]:
        """What its top level gives to plain names."""
        return tuple(
            (target.id, statement.value)
            for statement in self.tree.body
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
            for target in _targets(statement)
            if isinstance(target, ast.Name)
        )


@dataclass(frozen=True)
class Code:
    """The modules of one folder of code."""

    service: str
    modules: Mapping[str, Module]

    @cached_property
    def apps(self) -> frozenset[str]:
        """The dotted names of every `Consumer(…)`."""
        return frozenset(
            f"{module.name}.{name}"
            for module in self.modules.values()
            for name, value in module.assigned
            if isinstance(value, ast.Call)
            and (spelled_out(value.func, module.names) or "").endswith(f".{CONSUMER}")
        )

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """Every handler, by module and line."""
        return tuple(
            handler
            for module in self.modules.values()
            for call in _registrations(module.tree)
            if (handler := self._declared(module, call)) is not None
        )

    @cached_property
    def of_app(self) -> dict[str, tuple[Handler, ...]]:
        """The handlers of each Consumer."""
        found: dict[str, tuple[Handler, ...]] = {}
        for handler in self.handlers:
            found[handler.app] = (*found.get(handler.app, ()), handler)
        return found

    def app_behind(self, module: str, symbol: str) -> str | None:
        """The Consumer whose `handler` a Lambda handler is; None if it is none."""
        for _ in range(len(self.modules) + 1):  # a name may be imported from where it is imported
            found = self.modules.get(module)
            if found is None:
                return None
            app = self._called_by(found, symbol)
            if app is not None:
                return app
            value = dict(found.assigned).get(symbol)
            elsewhere = spelled_out(value, found.names) if value else found.names.get(symbol)
            if elsewhere is None or elsewhere == f"{module}.{symbol}":
                return None
            module, _, symbol = elsewhere.rpartition(".")
        return None

    def _called_by(self, module: Module, symbol: str) -> str | None:
        """The Consumer whose `handler` a name is, or leads to: in a function or a call."""
        made: dict[str, ast.AST] = dict(module.assigned)
        made |= {one.name: one for one in module.tree.body if isinstance(one, ast.FunctionDef)}
        for node in ast.walk(made[symbol]) if symbol in made else ():
            if isinstance(node, ast.Attribute) and node.attr == "handler":
                app = spelled_out(node.value, module.names)
                if app and (origin := self._origin(app)):
                    return origin
        return None

    def _declared(self, module: Module, call: ast.Call) -> Handler | None:
        """Returns the handler that a call `app.on(Contract, …)` declares, or None."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "on":
            return None
        app = spelled_out(call.func.value, module.names)
        app = self._origin(app) if app else None
        taken = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "contract")]
        if app is None or not taken:
            return None
        contract = spelled_out(taken[0], module.names) or ""
        contract = self._spelled_where_made(contract)
        domain, _, class_name = contract.removeprefix(f"{_CONTRACTS}.").rpartition(".")
        return Handler(
            service=self.service,
            file=module.file,
            line=call.lineno,
            name=_keyword(call, "name"),
            contract_name=class_name or ast.unparse(taken[0]),
            domain=domain.partition(".")[0] if contract.startswith(f"{_CONTRACTS}.") else "",
            app=app,
        )

    def _origin(self, name: str) -> str | None:
        found = self._spelled_where_made(name)
        return found if found in self.apps else None

    def _spelled_where_made(self, name: str) -> str:
        """Follow a name through the modules that only hand it on."""
        for _ in range(len(self.modules) + 1):
            module, _, symbol = name.rpartition(".")
            found = self.modules.get(module)
            further = found.names.get(symbol) if found else None
            if further is None or further == name:
                return name
            name = further
        return name


def code_in(root: Path, folder: PurePosixPath, service: str) -> Code:
    """Read every module of a folder; raise SourceError for one that is no Python."""
    files = [file for file in folder_hash.files(root / folder) if file.suffix == ".py"]
    if len(files) > MODULES_MAX:
        problem = f"more than {MODULES_MAX} modules"
        raise TopologyError(folder, problem, "split the service, or point CodeUri at its code")
    modules = (_module(root, folder, file) for file in files)
    return Code(service, {module.name: module for module in modules})


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


def _targets(statement: ast.Assign | ast.AnnAssign) -> Iterator[ast.expr]:
    yield from statement.targets if isinstance(statement, ast.Assign) else (statement.target,)


def _keyword(call: ast.Call, name: str) -> str:
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return ""
