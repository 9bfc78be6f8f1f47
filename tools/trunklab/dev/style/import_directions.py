"""Import directions of the design (section 3), checked on each import statement.

import-linter cannot express them: it knows no allow-list of third-party packages, and would need
the list of services.
"""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    """Packages that a part may import beside the standard library and itself (None: any)."""

    name: str
    allowed: frozenset[str] | None


_ANY: Final = Zone("this file", None)
_SETUP: Final = Zone("the set-up, which runs before any install,", _BEFORE_ANY_INSTALL)
_SERVICE: Final = "services/*/src/*/*"

_ZONES: Final[Mapping[str, Zone]] = {
    "services/*/src/*/domain.py": Zone("a domain", frozenset({"schemas"})),
    _SERVICE: Zone("a service", _IN_LAMBDA | {"schemas", "trunkline"}),
    "shared/*": Zone("the runtime library", _IN_LAMBDA | {"trunkline"}),
    "schemas/*": Zone("a contract", _PYDANTIC | {"schemas"}),
    "tools/setup.py": _SETUP,
    "tools/trunklab/templates/*": Zone(
        "the reader of templates",
        frozenset({"trunklab.errors", "trunklab.settings", "trunklab.templates", "yaml"}),
    ),
    "tools/trunklab/dev/style/*": Zone("a style check", None),
    "tools/trunklab/dev/*": _SETUP,
    **{f"tools/{module.replace('.', '/')}.py": _SETUP for module in _BEFORE_ANY_INSTALL},
    "tools/trunklab/__init__.py": _SETUP,
}
"""The first pattern that matches a path decides; `*` matches any number of folders."""


def service_packages(sources: Sequence[Source]) -> frozenset[str]:
    """Returns the packages of the services, and those beside trunklab that are made of them."""
    services = {source.path.parts[3] for source in sources if _fits(source, _SERVICE)}
    beside = {source.path.parts[1] for source in sources if _fits(source, "tools/*/__init__.py")}
    return frozenset(services | beside - {"trunklab"})


def wrong_directions(sources: Sequence[Source]) -> Iterator[Finding]:
    """Finds imports against the direction."""
    services = service_packages(sources)
    for source in filter(lambda source: source.is_python, sources):
        zone = next((zone for pattern, zone in _ZONES.items() if _fits(source, pattern)), _ANY)
        is_service = zone is _ZONES[_SERVICE]
        own = frozenset(source.path.parts[3:4] if is_service else source.path.parts[1:2])
        allowed = zone.allowed | own if zone.allowed is not None and is_service else zone.allowed
        # Tools and end-to-end tests run services through their templates, and call their endpoints.
        forbidden = services - own if source.path.parts[0] == "tools" else frozenset()
        may = "anything but services" if allowed is None else ", ".join(sorted(allowed))
        fix = f"it may import the standard library and {may}: design, section 3"
        for node in source.nodes:
            for module in _imported(node):
                is_standard = module.partition(".")[0] in sys.stdlib_module_names
                is_allowed = is_standard or allowed is None or _is_part_of(module, allowed)
                if _is_part_of(module, forbidden) or not is_allowed:
                    line = getattr(node, "lineno", 1)
                    yield source.finding(line, f"{zone.name} imports {module}", fix)


def _fits(source: Source, pattern: str) -> bool:
    return source.is_python and fnmatchcase(str(source.path), pattern)


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
