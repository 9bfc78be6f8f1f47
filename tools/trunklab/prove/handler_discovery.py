"""Finds the handlers of services, by template and import, and reads their `proof.yaml`."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.event import Event
from trunklab import settings
from trunklab.errors import TrunklabError, UsageError
from trunklab.local.deploy import function_code as packaged
from trunklab.local.deploy import package_cache
from trunklab.plain_error import message_of
from trunklab.testing import function_process, template_stack
from trunklab.testing.function_worker import Contract
from trunklab.testing.lambda_events import HttpRequest
from trunklab.testing.template_stack import Function, Stack

FILE: Final = "proof.yaml"

OUTSIDE: Final = "${Outside}"
"""In a variable: the address of a provider outside AWS."""

STRUCK_S_MIN: Final = 5.0
"""Seconds for an invocation that is killed or held: short, since duplicates wait until its leases
end; enough for a batch of calls to a provider. A run that misses its point gets twice the time."""

Items = dict[str, list[dict[str, Any]]]
"""By the logical id of their table."""


class ProofFileError(TrunklabError):
    """An invalid proof.yaml."""

    exit_status = 2


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Case(_Part):
    """Items and events for one handler; every field is optional."""

    items: Items = {}
    """Stored before each run, beside those of the service."""
    meanwhile: Items = {}
    """Items that others write between the first delivery and the next, in a run of its own."""
    contract: str = ""
    """`package.Class` of the events, if the function does not declare it."""
    events: tuple[dict[str, Any], ...] = ()
    """Data of the first, second and third event, in place of the contract's examples."""
    provider_without_keys: bool = False
    """Adds a run whose provider ignores idempotency keys."""
    request: HttpRequest | None = None
    event: Any = None
    """The event of a function that is started by a schedule or a rule only."""


class Proof(_Part):
    """Items, events and settings for a service's handlers."""

    environment: dict[str, str] = {}
    """Variables in place of the template's."""
    items: Items = {}
    """Stored before each run of every handler."""
    invocation_s: float = STRUCK_S_MIN
    """Seconds for an invocation that is killed or held; duplicates wait until its leases end."""
    code: Literal["folder", "package"] = "folder"
    """Functions are imported from their template's folder or from its built package."""
    handlers: dict[str, Case] = {}
    """By the handler's declared name or, without one, by the function's logical id."""


def read_proof(folder: Path) -> Proof:
    """Reads the file of a service; without one, returns defaults. Raises ProofFileError."""
    path = folder / FILE
    if not path.exists():
        return Proof()
    try:
        return Proof.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProofFileError(f"{path}: invalid YAML: {error}") from error
    except ValidationError as error:
        raise ProofFileError(f"{path}: {message_of(error)}") from error


_TEMPLATE: Final = "template.yaml"


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
        """The description of each function by its logical id, see `function_worker.serve`."""
        # Modules may read their settings while they are imported.
        shared = {"AWS_DEFAULT_REGION": settings.LOCAL_REGION, **self.proof.environment}
        return {
            function.logical_id: self._described(
                function, dict.fromkeys(function.variables, "described") | shared
            )
            for function in self.stack.functions
        }

    def _described(self, function: Function, environment: dict[str, str]) -> dict[str, Any]:
        code = function_process.code_of(function, self.folders(function))
        process = function_process.Function(code, environment)
        try:
            return process.describe()
        finally:
            process.stop()

    def folders(self, function: Function) -> tuple[str, ...]:
        """Returns the import path of a function beside its own folder."""
        if self.proof.code == "folder":
            return ()
        code = {found.logical_id: found for found in packaged.find(self.stack.template)}
        package = package_cache.package(code[function.logical_id])
        return (str(package.path),)  # Python imports from a zip

    @property
    def sweeps(self) -> list[Function]:
        """The functions that publish what a crash left in the outbox."""
        return [
            function
            for function in self.stack.functions
            if self.described[function.logical_id]["kind"] == "sweep"
        ]


@dataclass(frozen=True)
class Handler:
    """A function, or a handler of a consumer, that must have its effects exactly once."""

    service: Service
    function: Function
    name: str
    contract: Contract | None = None
    """Of the events from a queue or a rule."""

    @property
    def full_name(self) -> str:
        """Unique among all services."""
        return f"{self.service.name}.{self.name}"

    @property
    def case(self) -> Case:
        """Its entry in proof.yaml."""
        return self.service.proof.handlers.get(self.name, Case())

    @property
    def is_sweep(self) -> bool:
        """True if it is the runtime's own sweep."""
        return self.function in self.service.sweeps


@dataclass(frozen=True)
class Missing:
    """A function of a template that cannot be run."""

    name: str
    problem: str


def services(folder: Path, only: str | None = None) -> list[Service]:
    """Returns every service of the folder, or the folder's own; raises UsageError if none."""
    own = [folder] if (folder / _TEMPLATE).is_file() else []
    folders = own or sorted(path.parent for path in folder.glob(f"*/{_TEMPLATE}"))
    chosen = [path for path in folders if only in (None, path.resolve().name)]
    if not chosen:
        wanted = f"service {only}" if only else "template"
        raise UsageError(f"there is no {wanted} in {folder}")
    return [Service(template_stack.read(path / _TEMPLATE), read_proof(path)) for path in chosen]


def handlers(service: Service) -> Iterator[Handler | Missing]:
    """Returns every handler of a service, in the order of its template."""
    for function in service.stack.functions:
        description = service.described[function.logical_id]
        name = f"{service.name}.{function.logical_id}"
        if description["kind"] == "missing":
            yield Missing(name, f"{function.handler} cannot be run: {description['problem']}")
        elif description["kind"] != "consumer":
            declared = service.proof.handlers.get(function.logical_id, Case()).contract
            contract = contract_named(declared) if declared else None
            yield Handler(service, function, function.logical_id, contract)
        elif not description["handlers"]:
            yield Missing(name, f"{function.handler} is a consumer and declares no handler")
        else:
            for handler, contract in description["handlers"].items():
                yield Handler(service, function, handler, contract)


def contract_named(name: str) -> Contract:
    """Returns the contract `package.Class`; raises UsageError if it is missing."""
    module, _, class_name = name.rpartition(".")
    try:
        contract = getattr(importlib.import_module(module), class_name)
    except (ImportError, ValueError, AttributeError) as error:
        raise UsageError(f"no contract {name}: {error}") from error
    if not (isinstance(contract, type) and issubclass(contract, Event)):
        raise UsageError(f"{name} is not a contract")
    return Contract.of(contract)
