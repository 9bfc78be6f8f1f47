"""What every function must be: its runtime, its settings, its log, its handler."""

import ast
from collections.abc import Iterator
from typing import Final

from tests.unit.service_templates.consumer_invariants import consumers
from tests.unit.service_templates.stack import Stack, target_of
from trunkline.errors import ConfigurationError
from trunkline.settings import Settings

TABLE: Final = "AWS::DynamoDB::Table"


def runtime_is_ours(stack: Stack) -> Iterator[str]:
    """One runtime and processor for all, so that one build rule serves all."""
    for name, function in stack.functions.items():
        if function.get("Runtime") != "python3.13" or function.get("Architectures") != ["arm64"]:
            yield f"{name} is not python3.13 on arm64"
        metadata = dict(stack.resources[name].get("Metadata", {}))
        makefile = "../../shared/stacks" if metadata.pop("SamResourceId", "") else "."
        if metadata != {
            "BuildMethod": "makefile",
            "WorkingDirectory": "../..",
            "ContextPath": makefile,
        }:
            yield f"{name} is not built by its Makefile in the repository's root"


def observability_is_on(stack: Stack) -> Iterator[str]:
    """Every invocation is traced and logs JSON to its service's one log group."""
    for name, function in stack.functions.items():
        if function.get("Tracing") != "Active":
            yield f"{name} is not traced"
        logging = function.get("LoggingConfig", {})
        variables = function.get("Environment", {}).get("Variables", {})
        if variables.get("POWERTOOLS_METRICS_NAMESPACE") != {"Fn::Sub": "Trunkline/${Stage}"}:
            yield f"{name} does not count in the namespace of its stage"
        if logging.get("LogFormat") != "JSON":
            yield f"{name} does not log JSON"
        group = stack.of("AWS::Logs::LogGroup").get(target_of(logging.get("LogGroup")), {})
        if group.get("LogGroupName") != {"Fn::Sub": f"/trunkline/${{Stage}}/{stack.name}"}:
            yield f"{name} does not log to the log group of its service"
    for name, group in stack.of("AWS::Logs::LogGroup").items():
        if "RetentionInDays" not in group:
            yield f"{name} keeps its lines for ever"


def settings_are_complete(stack: Stack) -> Iterator[str]:
    """The runtime finds all its settings, and they are the service's own."""
    reading = {name for name, _, _ in consumers(stack)}
    for name, function in stack.functions.items():
        variables = function.get("Environment", {}).get("Variables", {})
        known = {
            key: "14" if isinstance(value, dict) else value for key, value in variables.items()
        }
        try:
            told = Settings.from_environment(consumes=name in reading, environment=known)
        except ConfigurationError as error:
            yield f"{name}: {error}"
            continue
        names = {told.service, variables.get("POWERTOOLS_SERVICE_NAME")}
        if names != {stack.name} or told.source != stack.source:
            yield f"{name} does not carry the name of its service"
        if variables["TRUNKLINE_TABLE"] not in [{"Ref": one} for one in stack.of(TABLE)]:
            yield f"{name} does not work on the table of its own stack"
        if variables["TRUNKLINE_BUS"] != {"Ref": "BusName"}:
            yield f"{name} does not take the bus of its stage"
        if variables["TRUNKLINE_MARK_DAYS"] != {"Ref": "ArchiveDays"}:
            yield f"{name} does not keep its marks as long as the archive keeps events"


def handler_exists(stack: Stack) -> Iterator[str]:
    """The handler that AWS will call is there in the service's code."""
    for name, function in stack.functions.items():
        module, _, attribute = function["Handler"].rpartition(".")
        path = stack.folder / function["CodeUri"] / f"{module.replace('.', '/')}.py"
        if not path.exists():
            yield f"{name}: there is no module {module}"
        elif attribute not in _names(path.read_text("utf-8")):
            yield f"{name}: {module} defines no {attribute}"


def _names(code: str) -> set[str]:
    names = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names
