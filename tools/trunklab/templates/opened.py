"""One template with the values of its stage: resources with lines, evaluated on demand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

import yaml

from trunklab.errors import TemplateError
from trunklab.templates import references, samconfig, template_file, template_nodes
from trunklab.templates.errors import TopologyError
from trunklab.templates.expressions import Scope
from trunklab.templates.placed import Placed, plain
from trunklab.templates.resolve import Resolver

PLATFORM = "platform"
"""The name of the root's own template; any other has the name of its folder."""

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
        """True if its condition holds in this stage, or cannot be decided."""
        condition = template_nodes.entries(self.node).get("Condition")
        return condition is None or self.resolver.holds(condition.value)

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
    """A template with the values of its stage."""

    root: Path
    path: PurePosixPath
    template: template_file.Template
    resolver: Resolver
    service: str

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource."""
        return tuple(
            Resource(
                key.value,
                self.template.resources[key.value]["Type"],
                template_file.line_of(key),
                value,
                self.resolver,
            )
            for key, value in template_nodes.pairs_of(self.template.node, "Resources")
            if key.value in self.template.resources
        )

    def of(self, *kinds: str) -> Iterator[Resource]:
        """Yields the resources of some types."""
        return (one for one in self.resources if one.kind in kinds)

    @property
    def outputs(self) -> Placed:
        """The outputs."""
        node = template_nodes.entries(self.template.node).get("Outputs")
        return self.resolver.placed(node) if node else Placed(1, None)

    def referred(self, placed: Placed) -> str:
        """Returns the only resource that an expression names, "" if it names none or several."""
        # SAM calls a function's alias `Function.Alias`.
        found = (one.name.partition(".")[0] for one in references.find(plain(placed)))
        named = {name for name in found if not name.startswith("AWS::")}
        known = named & self.template.resources.keys()
        return known.pop() if len(known) == len(named) == 1 else ""


def opened(
    root: Path, path: PurePosixPath, stage: str, parameters: Mapping[str, str], service: str
) -> Opened:
    """Reads a template of the repository; raises TopologyError with file and place."""
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
    return Opened(root, path, read, Resolver(read, scope), service)
