"""The order in which CloudFormation creates the resources of a stack and of its nested stacks."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

from tests.unit.service_templates.stack import Json, listed, target_of
from trunklab.local.deploy import sam_translation
from trunklab.templates import references
from trunklab.templates.template_file import parse

NESTED = "AWS::CloudFormation::Stack"
ROLE_NAME = "Outputs.RoleName"


@dataclass(frozen=True)
class Order:
    """One template as it is, not flattened, with the templates that it nests."""

    resources: dict[str, Json]
    nested: "dict[str, Order]"

    @classmethod
    def of(cls, path: Path) -> "Order":
        """Reads a template, translates it, and does the same with what it nests."""
        body = parse(path, path.read_bytes()).body
        locations = {
            name: path.parent / one["Properties"]["Location"]
            for name, one in body["Resources"].items()
            if one["Type"] == "AWS::Serverless::Application"
        }
        for resource in body["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = "s3://bucket/key"
        translated = sam_translation.translate(path, body, {})
        nested = {name: cls.of(location) for name, location in locations.items()}
        return cls(translated["Resources"], nested)

    @cached_property
    def dependencies(self) -> dict[str, set[str]]:
        """Everything that exists before a resource is created; raises CycleError."""
        direct = {name: set(self._direct(name)) for name in self.resources}
        complete: dict[str, set[str]] = {}
        for name in TopologicalSorter(direct).static_order():
            complete[name] = direct[name].union(*(complete[one] for one in direct[name]))
        for name in self.nested:
            for inner, waits_for in self.nested[name].dependencies.items():
                own = {f"{name}.{one}" for one in waits_for}
                complete[f"{name}.{inner}"] = own | complete[name]
        for waits_for in complete.values():
            for name in waits_for & self.nested.keys():
                waits_for |= {f"{name}.{one}" for one in self.nested[name].dependencies}
        return complete

    def faults(self) -> Iterator[str]:
        """Yields what would lose events or rights while the stack is created or deleted."""
        for name, resource in self.resources.items():
            if resource["Type"] == "AWS::Events::Rule":
                yield from self._early_rule(name, resource)
            elif resource["Type"] == "AWS::Lambda::EventSourceMapping":
                yield from self._early_mapping(name, resource)

    def _early_rule(self, name: str, rule: Json) -> Iterator[str]:
        for target in rule["Properties"]["Targets"]:
            consumer = target_of(target["Arn"])
            for one in ("Queue", "QueuePolicy", "DeadLetters", "DeadLettersPolicy"):
                if f"{consumer}.{one}" not in self.dependencies[name]:
                    yield f"{name} is created before, or deleted after, {one} of {consumer}"

    def _early_mapping(self, name: str, mapping: Json) -> Iterator[str]:
        function = target_of(mapping["Properties"]["FunctionName"])
        role = target_of(self.resources[function]["Properties"]["Role"])
        if not {function, f"{role}.Role"} <= self.dependencies[name]:
            yield f"{name} is created before {function} and its role"
        for policy, resource in self.resources.items():
            held_by = map(target_of, listed(resource.get("Properties", {}).get("Roles", [])))
            if role in held_by and policy not in self.dependencies[function]:
                yield f"{function} is created before {policy}: add it to DependsOn"

    def _direct(self, name: str) -> Iterator[str]:
        resource = self.resources[name]
        yield from listed(resource.get("DependsOn", []))
        for reference in references.find(resource):
            if reference.name in self.resources:
                yield reference.name
