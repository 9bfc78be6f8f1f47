"""`trunkline rules lint`: checks rules, handlers and producers against the contracts."""

import argparse
import json
from pathlib import Path
from typing import Any

from trunklab import effects, settings
from trunklab.cli.answer import say
from trunklab.contracts.contract_files import contracts_in
from trunklab.errors import UsageError
from trunklab.findings.finding_report import Form, as_json, described, render, status
from trunklab.printable import printable
from trunklab.rules.lint import Linted, lint
from trunklab.rules.rule_findings import CHECKS
from trunklab.templates.repository import topology


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to check, and how to tell of it."""
    add_places(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0 for code review")
    parser.add_argument("--verdicts", action="store_true", help="say how often each rule matches")


def add_places(parser: argparse.ArgumentParser) -> None:
    """Declare which repository to read, and with which values."""
    parser.add_argument("--root", type=Path, default=settings.REPOSITORY, help="default: this one")
    parser.add_argument("--stage", default=settings.LOCAL_STAGE, help="default: %(default)s")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value of a template's parameter; may be given several times",
    )


def run(arguments: argparse.Namespace) -> int:
    """Check, and print what was found."""
    read = topology(arguments.root, arguments.stage, parameters_in(arguments.parameter))
    linted = lint(read, contracts_in(arguments.root), effects.now().date())
    say(_told(linted, arguments))
    return status(linted.findings)


def parameters_in(words: list[str]) -> dict[str, str]:
    """The values given on the command line; raises UsageError."""
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise UsageError(f"--parameter {printable(name)!r}: write it as NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _told(linted: Linted, arguments: argparse.Namespace) -> str:
    if arguments.sarif:
        return render(linted.findings, Form.SARIF, CHECKS)
    if arguments.json:
        findings = [described(finding) for finding in linted.findings]
        return as_json({"findings": findings, "verdicts": linted.verdicts()})
    verdicts = _verdicts(linted) if arguments.verdicts else ""
    return verdicts + render(linted.findings)


def _verdicts(linted: Linted) -> str:
    lines = []
    for one in linted.verdicts():
        reason = f" ({one['reason']})" if one["reason"] else ""
        lines.append(f"{one['template']}:{one['line']}: {one['rule']} {one['verdict']}{reason}")
        for word, event in (("takes", one["matching"]), ("leaves", one["other"])):
            if event is not None:
                lines.append(f"  {word:<6} {json.dumps(_said(event), ensure_ascii=False)}")
    return "".join(f"{line}\n" for line in lines)


def _said(event: dict[str, Any]) -> dict[str, Any]:
    """What of an event is worth a line; --json has all of it."""
    return {name: event[name] for name in ("source", "detail-type", "detail")}
