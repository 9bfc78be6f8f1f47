"""`trunkline rules coverage`: who hears which event, what nobody hears, rules without examples."""

import argparse
import sys
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trunklab import effects
from trunklab.cli import rules_lint_command
from trunklab.cli.answer import say
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.findings.finding_report import as_json
from trunklab.printable import printable
from trunklab.rules.coverage import Coverage, Hears, coverage
from trunklab.rules.lint import lint
from trunklab.templates.repository import topology

_UNSEEN_WIDTH: Final = 160
"""Columns where nobody looks: a file or a pipe."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which repository to read."""
    rules_lint_command.add_places(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the matrix; what is missing in it is no fault."""
    given = rules_lint_command.parameters_in(arguments.parameter)
    read = topology(arguments.root, arguments.stage, given)
    contracts = contracts_in(arguments.root)
    found = coverage(read, lint(read, contracts, effects.now().date()), contracts)
    if arguments.json:
        say(as_json(found.as_json()))
        return 0
    console = Console(width=None if sys.stdout.isatty() else _UNSEEN_WIDTH, highlight=False)
    with console.capture() as written:
        console.print(_table(found))
        for line in _lacking(found):
            console.print(line, markup=False)
    say(written.get())
    return 0


def _table(found: Coverage) -> Table:
    table = Table(title="who hears what", title_justify="left", box=None, pad_edge=False)
    for column in ("contract", "owner", "consumer", "hears", "of its examples"):
        table.add_column(column, no_wrap=column != "owner")
    for contract in found.contracts:
        heard = [one for one in found.heard if one.contract == contract.name]
        for index, one in enumerate(heard or [None]):
            first = index == 0
            named = (contract.name, contract.owner) if first else ("", "")
            table.add_row(*(escape(printable(cell)) for cell in (*named, *_cells(one))))
    return table


def _cells(one: Hears | None) -> tuple[str, str, str]:
    if one is None:
        return "nobody", "", ""
    return one.consumer, one.kind.value, f"{one.examples} of {one.of}"


def _lacking(found: Coverage) -> list[str]:
    def said(title: str, names: list[str]) -> list[str]:
        return [f"{title}: {printable(', '.join(names))}"] if names else []

    def signed(contracts: list[Contract]) -> list[str]:
        return [f"{one.name} ({one.signed})" for one in contracts]

    return [
        "",
        *said("nobody hears", signed(found.unheard)),
        *said("no example exercises", found.unexercised),
        *said("not judged", list(found.unread)),
        *said("disabled", list(found.disabled)),
        *said("on another bus", list(found.on_other_buses)),
        *said("not read", list(found.not_read)),
    ]
