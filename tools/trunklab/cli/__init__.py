"""Command line `trunkline`: finds a command, imports only its module, reports its errors.

The module of a command has `add_arguments(parser)` and `run(arguments)`, which returns the status.
"""

import argparse
import importlib
import json
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Final, NoReturn

from trunklab.errors import ExitStatus, TrunklabError, UsageError

GROUPS: Final = {
    "new": "services, consumers and events to add",
    "remove": "services, consumers and events to remove",
    "rules": "EventBridge rules against the event contracts",
    "schemas": "event contracts and the files generated from them",
    "templates": "CloudFormation templates",
}

COMMANDS: Final = {
    "up": "start the local platform, deploy the stacks, serve",
    "down": "stop a local platform",
    "status": "show what runs at the endpoint",
    "new service": "add a service that consumes or publishes events, with its own stack",
    "new consumer": "add a rule, its queue and its handler to a service",
    "new event": "add an event contract",
    "remove service": "remove a service that `new service` made, with its events",
    "remove consumer": "remove a consumer that `new` made",
    "remove event": "remove an event that `new` made",
    "schemas export": "write the files generated from the contracts",
    "schemas check": "compare the contracts with the published versions",
    "schemas impact": "list the consumers that a change breaks, each with an example event",
    "rules lint": "check every rule against the contracts",
    "rules test": "test whether a pattern matches an event",
    "rules explain": "explain a match or mismatch clause by clause",
    "rules coverage": "list the subscriptions of each event, and events without any",
    "templates check": "refuse template changes that would lose data",
    "publish": "send valid events of a contract, and follow them to their end",
    "story": "show what happened to one id, from logs and rules",
    "trace": "show the X-Ray traces of one id as a waterfall",
    "prove": "kill every handler at every call and check the result",
}
"""Summary by name; the module of `rules lint` is `rules_lint_command`."""


class _Parser(argparse.ArgumentParser):
    """Reports wrong usage in the same way as every other error."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\nRun `{self.prog} --help` for the options.")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in COMMANDS), None)
    try:
        if name is None:
            return _without_command(words)
        # SIGINT as well: a shell script that starts us in the background passes it on ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        return _run(name, words[len(name.split()) :])
    except TrunklabError as error:
        _report(error, f"trunkline {name}" if name else "trunkline", as_json="--json" in words)
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED


def module_of(command: str) -> str:
    """Returns the module that declares and runs a command."""
    return f"trunklab.cli.{command.replace(' ', '_')}_command"


def _run(name: str, words: list[str]) -> int:
    try:
        module = importlib.import_module(module_of(name))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("trunklab"):
            raise
        fix = "install trunklab[contracts] for contract classes, trunklab[local] for the platform"
        raise UsageError(f"{name} needs {error.name}, which is missing: {fix}.") from error
    parser = _Parser(prog=f"trunkline {name}", description=_sentence(COMMANDS[name]))
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(words)))


def _report(error: TrunklabError, prog: str, *, as_json: bool) -> None:
    document = {"error": str(error), "command": prog, "exit_status": int(error.exit_status)}
    sys.stderr.write(f"{json.dumps(document)}\n" if as_json else f"{prog}: {error}\n")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _without_command(words: list[str]) -> int:
    group = words[0] if words and words[0] in GROUPS else ""
    options = words[1:] if group else words
    if options[:1] == ["--version"] and not group:
        from importlib.metadata import version  # noqa: PLC0415 - needed here only

        sys.stdout.write(f"trunkline {version('trunklab')}\n")
        return ExitStatus.GOOD
    if options[:1] in (["-h"], ["--help"]) or words == ["help"]:
        sys.stdout.write(_overview(group))
        return ExitStatus.GOOD
    given = " ".join(words[:2])
    problem = f"Unknown command {given!r}." if options else "No command given."
    raise UsageError(f"{problem}\n{_overview(group)}".rstrip())


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _overview(group: str) -> str:
    prog = f"trunkline {group}".rstrip()
    commands = {name: text for name, text in COMMANDS.items() if f"{name} ".startswith(f"{group} ")}
    shown = commands if group else COMMANDS
    width = max(map(len, shown))
    lines = [f"  {name:<{width}}  {summary}" for name, summary in shown.items()]
    about = [_sentence(GROUPS[group]), ""] if group else []
    usage = [f"usage: {prog} <command> [options]", "", *about, *lines, ""]
    return "\n".join([*usage, "Options of a command: trunkline <command> --help", ""])
