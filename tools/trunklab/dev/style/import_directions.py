"""Who may import whom: the import directions of the design, read from each import statement."""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

from trunklab.dev.style.source_files import Finding, Source

_PYDANTIC: Final = frozenset({"pydantic", "pydantic_core"})
_IN_LAMBDA: Final = _PYDANTIC | {"aws_lambda_powertools"}
_BEFORE_ANY_INSTALL: Final = frozenset(
    {"trunklab.effects", "trunklab.errors", "trunklab.dev", "trunklab.settings"}
)


@dataclass(frozen=True)
class Zone:
    """What the files of one part may import beside the standard library (None: anything)."""

    name: str
    allowed: frozenset[str] | None
    forbidden: frozenset[str] = frozenset({"ministack"})
    """The rented emulator is spoken to over HTTP and never imported, by nothing here."""

    def admits(self, module: str) -> bool:
        """Whether a file of this zone may import a module."""
        if _is_part_of(module, self.forbidden):
            return False
        if self.allowed is None or module.partition(".")[0] in sys.stdlib_module_names:
            return True
        return _is_part_of(module, self.allowed)


_SETUP: Final = Zone("the set-up, which runs before any install,", _BEFORE_ANY_INSTALL)
_SERVICE: Final = "services/*/src/*/*"

_ZONES: Final[Mapping[str, Zone]] = {
    "services/*/src/*/domain.py": Zone("a domain", frozenset({"schemas"})),
    _SERVICE: Zone("a service", _IN_LAMBDA | {"schemas", "trunkline"}),
    "shared/*": Zone("the runtime library", _IN_LAMBDA | {"trunkline"}),
    "schemas/*": Zone("a contract", _PYDANTIC | {"schemas"}),
    "tools/setup.py": _SETUP,
    "tools/trunklab/dev/style/*": Zone("a style check", None),
    "tools/trunklab/dev/*": _SETUP,
    **{f"tools/{module.replace('.', '/')}.py": _SETUP for module in _BEFORE_ANY_INSTALL},
    "tools/trunklab/__init__.py": _SETUP,
}
"""The first pattern that fits a path decides; `*` stands for any number of folders."""

_WITHOUT_SERVICES: Final = ("tools/*",)
"""Tools and end-to-end tests run services through their templates, and call their endpoints."""


def service_packages(sources: Iterable[Source]) -> frozenset[str]:
    """Returns the packages of the services, and those beside trunklab that are made of them."""
    files = tuple(sources)
    services = {_package_of(source) for source in files if _fits(source, _SERVICE)}
    beside = {source.path.parts[1] for source in files if _fits(source, "tools/*/__init__.py")}
    return frozenset(services | beside - {"trunklab"})


def wrong_directions(source: Source, services: frozenset[str]) -> Iterator[Finding]:
    """Find imports against the import direction."""
    zone = zone_of(source, services)
    for node in source.nodes:
        for module in _imported(node):
            if not zone.admits(module):
                may = "anything but services" if zone.allowed is None else _listed(zone.allowed)
                yield source.finding(
                    getattr(node, "lineno", 1),
                    f"{zone.name} imports {module}",
                    f"it may import the standard library and {may}: design, section 3",
                )


def zone_of(source: Source, services: frozenset[str]) -> Zone:
    """Return the rules that hold for a file, by its path."""
    found = (zone for pattern, zone in _ZONES.items() if _fits(source, pattern))
    zone = next(found, Zone("this file", None))
    if any(_fits(source, pattern) for pattern in _WITHOUT_SERVICES):
        own = source.path.parts[1]
        return replace(zone, forbidden=zone.forbidden | services - {own})
    if zone is _ZONES[_SERVICE] and zone.allowed is not None:
        return replace(zone, allowed=zone.allowed | {_package_of(source)})
    return zone


def _fits(source: Source, pattern: str) -> bool:
    return source.is_python and fnmatchcase(str(source.path), pattern)


def _package_of(source: Source) -> str:
    _services, _name, _src, package, *_rest = source.path.parts
    return package


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and _calls_import_module(node):
        argument = node.args[0]
        if isinstance(argument, ast.Constant):
            yield str(argument.value)


def _calls_import_module(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    return bool(call.args) and name in {"import_module", "__import__"}


def _is_part_of(module: str, packages: frozenset[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
