"""One template, opened: its resources as values with lines, worked out when they are asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import cast

import yaml

from trunklab.errors import TemplateError
from trunklab.templates import references, samconfig, template_file, template_nodes
from trunklab.templates.errors import TopologyError
from trunklab.templates.expressions import Scope
from trunklab.templates.placed import Placed, plain
from trunklab.templates.resolve import Resolver

PLATFORM = "platform"
"""What the root's own template is called; every other one is called after its folder."""

FIX = "fix the template; run `sam validate --lint` for details"


@dataclass(frozen=True)
class Resource:
    """One resource: its id, type, the line of its id, and its properties."""

    logical_id: str
    kind: str
    line: int
    node: yaml.Node
    resolver: Resolver

    @cached_property
    def is_made(self) -> bool:
        """Whether its condition holds in this stage; one that cannot be decided does."""
        named = [value.value for key, value in self.node.value if key.value == "Condition"]
        return not named or self.resolver.holds(named[0])

    @cached_property
    def properties(self) -> Placed:
        """Its properties, with lines."""
        return self.attribute("Properties")

    def attribute(self, name: str) -> Placed:
        """Returns one of its attributes, with lines."""
        found = template_nodes.entries(self.node).get(name)
        return self.resolver.placed(found) if found else Placed(self.line, None)


@dataclass(frozen=True)
class Opened:
    """A template with its stage's values."""

    root: Path
    path: PurePosixPath
    template: template_file.Template
    resolver: Resolver

    @property
    def service(self) -> str:
        """The folder that the template lies in."""
        return self.path.parent.name or PLATFORM

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource."""
        node = cast("yaml.MappingNode", self.template.node)
        section = next(value for key, value in node.value if key.value == "Resources")
        return tuple(
            Resource(
                key.value,
                self.template.resources[key.value]["Type"],
                key.start_mark.line + 1,
                value,
                self.resolver,
            )
            for key, value in section.value
            if key.value in self.template.resources
        )

    def of(self, *kinds: str) -> Iterator[Resource]:
        """The resources of some types."""
        return (one for one in self.resources if one.kind in kinds)

    @cached_property
    def function_defaults(self) -> Placed:
        """What SAM's Globals say of every function."""
        return self._section("Globals").get("Function")

    @property
    def outputs(self) -> Placed:
        """The outputs."""
        return self._section("Outputs")

    def _section(self, name: str) -> Placed:
        node = template_nodes.entries(self.template.node).get(name)
        return self.resolver.placed(node) if node else Placed(1, None)

    def referred(self, placed: Placed) -> str:
        """The logical id that an expression names, "" if it is not exactly one of this template."""
        # SAM calls a function's alias `Function.Alias`.
        found = (one.name.partition(".")[0] for one in references.find(plain(placed)))
        named = {name for name in found if not name.startswith("AWS::")}
        known = named & self.template.resources.keys()
        return known.pop() if len(known) == len(named) == 1 else ""


def opened(root: Path, path: PurePosixPath, stage: str, parameters: Mapping[str, str]) -> Opened:
    """Open a template of the repository; raise TopologyError with file and place."""
    try:
        read = template_file.load(root / path)
        told = samconfig.read(read, stage)
        declared = read.body.get("Parameters") or {}
        given = {name: value for name, value in parameters.items() if name in declared}
        settled = replace(told, parameters=told.parameters | given)
        scope = Scope(root / path, read.body, settled)
    except TemplateError as error:
        name = PurePosixPath(error.template.name)
        raise TopologyError(path.parent / name, error.problem, FIX) from error
    except (AttributeError, TypeError) as error:
        raise TopologyError(path, f"is not built like a template: {error}", FIX) from error
    return Opened(root, path, read, Resolver(read, scope))
