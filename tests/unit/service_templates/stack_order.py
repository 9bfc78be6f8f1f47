"""Order in which CloudFormation creates, updates and deletes a stack's and its nested resources."""

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
CONSUMER_QUEUE = ("Queue", "QueuePolicy", "DeadLetters", "DeadLettersPolicy")
"""What a rule needs of the consumer that it sends to, see shared/stacks/consumer.yaml."""


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
        for name, stack in self.nested.items():
            complete[name] |= {f"{name}.{one}" for one in stack.dependencies}
        return complete

    @cached_property
    def contents(self) -> dict[str, list[Json]]:
        """Each resource with the nested stacks around it: a difference means an update."""
        contents = {name: [resource] for name, resource in self.resources.items()}
        for name, inner in self.nested.items():
            own = contents[name]
            contents |= {f"{name}.{one}": [*own, *body] for one, body in inner.contents.items()}
        return contents

    def creation(self) -> list[str]:
        """Returns all resources in an order in which they can be created."""
        return list(TopologicalSorter(self.dependencies).static_order())

    def needs(self) -> Iterator[tuple[str, str]]:
        """Yields each resource with one that must exist, and be up to date, as long as it does."""
        for name, resource in self.resources.items():
            if resource["Type"] == "AWS::Events::Rule":
                for target in resource["Properties"]["Targets"]:
                    consumer = target_of(target["Arn"])
                    yield from ((name, f"{consumer}.{one}") for one in CONSUMER_QUEUE)
            elif resource["Type"] == "AWS::Lambda::EventSourceMapping":
                function = target_of(resource["Properties"]["FunctionName"])
                yield name, function
                yield from self._rights(name, function)

    def _rights(self, mapping: str, function: str) -> Iterator[tuple[str, str]]:
        role = target_of(self.resources[function]["Properties"]["Role"])
        yield mapping, f"{role}.Role"
        for policy, resource in self.resources.items():
            held_by = map(target_of, listed(resource.get("Properties", {}).get("Roles", [])))
            if role in held_by:
                yield function, policy

    def faults(self) -> list[str]:
        """Returns what would lose events or rights while the stack is created or deleted."""
        return [
            f"{name} is created before {needed}, and deleted after it"
            for name, needed in self.needs()
            if needed not in self.dependencies[name]
        ]

    def _direct(self, name: str) -> Iterator[str]:
        resource = self.resources[name]
        yield from listed(resource.get("DependsOn", []))
        for reference in references.find(resource):
            if reference.name in self.resources:
                yield reference.name


def update(old: Order | None, new: Order | None) -> list[str]:
    """Returns the steps from one template to another; None is a stack that does not exist.

    CloudFormation creates and updates in the order of the new template's references. It deletes
    what is left over at the very end, in the reverse order of the old template's.
    """
    before, after = (one.contents if one else {} for one in (old, new))
    steps = [
        f"update {name}" if name in before else f"create {name}"
        for name in (new.creation() if new else ())
        if before.get(name) != after[name]
    ]
    left_over = [name for name in (old.creation() if old else ()) if name not in after]
    return [*steps, *(f"delete {name}" for name in reversed(left_over))]


def losses(old: Order | None, new: Order | None) -> list[str]:
    """Returns the pairs that an update may handle in the wrong order: no reference forbids it."""
    steps = update(old, new)
    deleted = {step.partition(" ")[2] for step in steps if step.startswith("delete ")}
    changed = {step.partition(" ")[2] for step in steps} - deleted
    found = [
        f"{user} may be updated before {needed}"
        for user, needed in (new.needs() if new else ())
        if new and user in changed and needed in changed and needed not in new.dependencies[user]
    ]
    found += [
        f"{needed} may be deleted before {user}"
        for user, needed in (old.needs() if old else ())
        if old and {user, needed} <= deleted and needed not in old.dependencies[user]
    ]
    return found
