"""A template as the invariants look at it: resources by type."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.unit.service_templates.plain_body import PlainBody
from trunklab import settings
from trunklab.templates.template_file import load

Json = dict[str, Any]

PLATFORM: Final = "platform"
SERVICES: Final = tuple(
    sorted(path.parent.name for path in settings.REPOSITORY.glob("services/*/template.yaml"))
)


@dataclass(frozen=True)
class Stack:
    """One template of the repository; `name` is its service, or `platform`."""

    name: str
    body: Json

    @property
    def folder(self) -> Path:
        """Where the template lies."""
        root = settings.REPOSITORY
        return root if self.name == PLATFORM else root / "services" / self.name

    @property
    def resources(self) -> dict[str, Json]:
        """All resources by logical id."""
        resources: dict[str, Json] = self.body["Resources"]
        return resources

    def of(self, resource_type: str) -> dict[str, Json]:
        """The properties of all resources of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == resource_type
        }

    @property
    def functions(self) -> dict[str, Json]:
        """The functions' properties by logical id; the reader has added those of Globals."""
        return self.of("AWS::Serverless::Function")

    @property
    def source(self) -> str:
        """What the service's events call their source."""
        return f"shop.{self.name}"

    def statements(self) -> Iterator[tuple[str, Json]]:
        """Every statement of every policy that a role or managed policy holds."""
        for name, role in self.of("AWS::IAM::Role").items():
            for policy in role.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement
        for name, managed in self.of("AWS::IAM::ManagedPolicy").items():
            for statement in managed["PolicyDocument"]["Statement"]:
                yield name, statement

    def actions_of(self, function: str, resource: Json) -> set[str]:
        """What the function's own role allows it to do to exactly this resource."""
        role = self.of("AWS::IAM::Role").get(target_of(self.functions[function].get("Role")), {})
        return {
            action
            for policy in role.get("Policies", [])
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow" and resource in listed(statement["Resource"])
            for action in listed(statement["Action"])
        }

    def copy(self) -> "Stack":
        """A twin that may be broken."""
        return Stack(self.name, copy.deepcopy(self.body))


def stack(name: str) -> Stack:
    """Read one of the repository's templates."""
    return Stack(name, _body(Stack(name, {}).folder))


@cache
def _body(folder: Path) -> Json:
    return PlainBody(load(folder / "template.yaml").body).value


def listed(value: Any) -> list[Any]:
    """CloudFormation and IAM take one thing or a list of them."""
    return value if isinstance(value, list) else [value]


def attribute(logical_id: str, name: str = "Arn") -> Json:
    """The expression `!GetAtt <logical id>.<name>`."""
    return {"Fn::GetAtt": [logical_id, name]}


def target_of(expression: Any) -> str:
    """The logical id that a Ref or GetAtt names; empty for anything else."""
    if isinstance(expression, dict) and len(expression) == 1:
        named = expression.get("Ref") or expression.get("Fn::GetAtt", "")
        return str(named[0] if isinstance(named, list) else named)
    return ""
