"""Which handlers there are: read off the templates, asked of the functions themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from trunklab import settings
from trunklab.errors import UsageError
from trunklab.local.deploy import function_code as packaged
from trunklab.local.deploy import package_cache
from trunklab.prove import proof
from trunklab.prove.contract_names import described_by_name
from trunklab.prove.proof import Case, Proof
from trunklab.testing import function_launch, process, template_stack
from trunklab.testing.template_stack import Function, Stack

TEMPLATE: Final = "template.yaml"

CONSUMER: Final = "consumer"
SWEEP: Final = "sweep"


@dataclass(frozen=True)
class Service:
    """One folder with a template."""

    stack: Stack
    proof: Proof

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.stack.name

    @cached_property
    def described(self) -> dict[str, dict[str, Any]]:
        """What each function is, by its logical id, see `testing.worker.describe`."""
        return {
            one.logical_id: process.described(
                function_launch.code_of(one, *self.folders(one)), self._settings_of(one)
            )
            for one in self.stack.functions
        }

    def folders(self, function: Function) -> tuple[str, ...]:
        """Where a function is imported from besides its own folder."""
        if self.proof.code == "folder":
            return ()
        (found,) = (
            one
            for one in packaged.find(self.stack.template)
            if one.logical_id == function.logical_id
        )
        return (str(package_cache.package(found).path),)  # Python imports from a zip

    @property
    def sweeps(self) -> list[Function]:
        """The functions that send what a crash left in the outbox."""
        return [
            one for one in self.stack.functions if self.described[one.logical_id]["kind"] == SWEEP
        ]

    def _settings_of(self, function: Function) -> dict[str, str]:
        # Modules may read their settings while they are imported; nothing is called yet.
        return {
            "AWS_DEFAULT_REGION": settings.LOCAL_REGION,
            **dict.fromkeys(function.variables, "described"),
            **self.proof.environment,
        }


@dataclass(frozen=True)
class Contract:
    """What a handler takes: where it comes from and examples of it."""

    source: str
    detail_type: str
    subject_field: str
    examples: Sequence[dict[str, Any]]
    """Each with `subject` and `data`."""


@dataclass(frozen=True)
class Handler:
    """Something that must have exactly one effect."""

    service: Service
    function: Function
    name: str
    contract: Contract | None = None
    """What it takes from a queue or a rule."""

    @property
    def full_name(self) -> str:
        """Unique among all services."""
        return f"{self.service.name}.{self.name}"

    @property
    def case(self) -> Case:
        """What its service's proof.yaml says of it."""
        return self.service.proof.handlers.get(self.name, Case())

    @property
    def is_sweep(self) -> bool:
        """Whether it is the runtime's own."""
        return self.function in self.service.sweeps


@dataclass(frozen=True)
class Missing:
    """What a template declares and nobody can run."""

    name: str
    problem: str


def services(folder: Path, only: str | None = None) -> list[Service]:
    """Every service of the folder, which may be one itself; raises UsageError for none."""
    own = [folder] if (folder / TEMPLATE).is_file() else []
    folders = own or sorted(path.parent for path in folder.glob(f"*/{TEMPLATE}"))
    found = [one for one in folders if only in (None, one.resolve().name)]
    if not found:
        wanted = f"service {only}" if only else "template"
        raise UsageError(f"there is no {wanted} in {folder}")
    return [Service(template_stack.read(one / TEMPLATE), proof.read(one)) for one in found]


def handlers(service: Service) -> Iterator[Handler | Missing]:
    """Every handler of a service, in the order of its template."""
    for function in service.stack.functions:
        said = service.described[function.logical_id]
        name = f"{service.name}.{function.logical_id}"
        if said["kind"] == "missing":
            yield Missing(name, f"{function.handler} cannot be run: {said['problem']}")
        elif said["kind"] != CONSUMER:
            yield Handler(service, function, function.logical_id, _named(service, function))
        elif not said["handlers"]:
            yield Missing(name, f"{function.handler} is a consumer and declares no handler")
        else:
            for one, contract in said["handlers"].items():
                yield Handler(service, function, one, Contract(**contract))


def _named(service: Service, function: Function) -> Contract | None:
    """The contract that proof.yaml names for a function that does not say what it takes."""
    name = service.proof.handlers.get(function.logical_id, Case()).contract
    if not name:
        return None
    return Contract(**described_by_name(name))
