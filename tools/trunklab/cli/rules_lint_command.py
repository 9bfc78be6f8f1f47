"""`trunkline rules lint`: checks rules, handlers and producers against the contracts."""

import argparse
import json
from typing import Any

from trunklab import effects
from trunklab.cli import chosen_repository, options, output
from trunklab.findings.finding_report import Form, as_json, described, render, status
from trunklab.rules.lint import Linted, lint
from trunklab.rules.rule_findings import CHECKS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to check, and the format of the result."""
    options.add_places(parser)
    options.add_contracts(parser)
    options.add_form(parser)
    parser.add_argument("--verdicts", action="store_true", help="print the verdict on each rule")


def run(arguments: argparse.Namespace) -> int:
    """Checks, and prints the findings."""
    linted = lint(*chosen_repository.read_repository(arguments), effects.now().date())
    output.write(_told(linted, arguments))
    return status(linted.findings)


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
        for word, event in (("matches", one["matching"]), ("rejects", one["other"])):
            if event is not None:
                lines.append(f"  {word:<7} {json.dumps(_said(event), ensure_ascii=False)}")
    return "".join(f"{line}\n" for line in lines)


def _said(event: dict[str, Any]) -> dict[str, Any]:
    """Returns the part of an event that is printed; --json has all of it."""
    return {name: event[name] for name in ("source", "detail-type", "detail")}
