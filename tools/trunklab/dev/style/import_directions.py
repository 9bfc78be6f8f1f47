"""Import directions of the design (section 3), checked on each import statement.

import-linter cannot express them: it knows no allow-list of third-party packages, and would need
the list of services.
"""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
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
    """Packages that a part may import beside the standard library (None: any)."""

    name: str
    allowed: frozenset[str] | None
    forbidden: frozenset[str] = frozenset()

    def admits(self, module: str) -> bool:
        """True if a file of this zone may import the module."""
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
"""The first pattern that matches a path decides; `*` matches any number of folders."""

_WITHOUT_SERVICES: Final = ("tools/*", "tests/e2e/*")
"""Services run through their templates; end-to-end tests call endpoints."""


def wrong_directions(sources: Sequence[Source]) -> Iterator[Finding]:
    """Finds imports against the direction."""
    services = frozenset(_package_of(source) for source in sources if _fits(source, _SERVICE))
    for source in filter(lambda source: source.is_python, sources):
        zone = zone_of(source, services)
        may = "anything but services" if zone.allowed is None else ", ".join(sorted(zone.allowed))
        fix = f"it may import the standard library and {may}: design, section 3"
        for node in source.nodes:
            for module in _imported(node):
                if not zone.admits(module):
                    line = getattr(node, "lineno", 1)
                    yield source.finding(line, f"{zone.name} imports {module}", fix)


def zone_of(source: Source, services: frozenset[str]) -> Zone:
    """Returns the zone of a file."""
    found = (zone for pattern, zone in _ZONES.items() if _fits(source, pattern))
    zone = next(found, Zone("this file", None))
    if any(_fits(source, pattern) for pattern in _WITHOUT_SERVICES):
        return replace(zone, forbidden=zone.forbidden | services)
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
