"""`trunkline rules coverage`: subscriptions of each event, and events without any."""

import argparse
import sys
from typing import Final

from rich.markup import escape
from rich.table import Table

from trunklab import effects
from trunklab.cli import chosen_repository, options, output
from trunklab.findings.finding_report import as_json
from trunklab.printable import printable
from trunklab.rules.coverage import Coverage, Subscription, coverage
from trunklab.rules.lint import lint

_UNSEEN_WIDTH: Final = 160
"""Columns of a file or a pipe."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares which repository to read."""
    options.add_places(parser)
    options.add_contracts(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Prints the matrix; an event without a subscriber is not a finding."""
    read, contracts = chosen_repository.read_repository(arguments)
    found = coverage(read, lint(read, contracts, effects.now().date()), contracts)
    if arguments.json:
        output.write(as_json(found.as_json()))
        return 0
    width = None if sys.stdout.isatty() else _UNSEEN_WIDTH
    console = output.console(width=width, highlight=False)
    console.print(_table(found))
    for line in _lacking(found):
        console.print(line, markup=False)
    return 0


def _table(found: Coverage) -> Table:
    table = Table(title="subscriptions", title_justify="left", box=None, pad_edge=False)
    for column in ("contract", "owner", "consumer", "matches", "of its examples"):
        table.add_column(column, no_wrap=column != "owner")
    for contract in found.contracts:
        subscriptions = [one for one in found.subscriptions if one.contract == contract.name]
        for index, one in enumerate(subscriptions or [None]):
            first = index == 0
            named = (contract.name, contract.owner) if first else ("", "")
            table.add_row(*(escape(printable(cell)) for cell in (*named, *_cells(one))))
    return table


def _cells(one: Subscription | None) -> tuple[str, str, str]:
    if one is None:
        return "none", "", ""
    return one.consumer, one.kind.value, f"{one.examples} of {one.of}"


def _lacking(found: Coverage) -> list[str]:
    listed = {
        "no subscribers": [f"{contract.name} ({contract.signed})" for contract in found.unheard],
        "no example exercises": found.unexercised,
        "not judged": found.unread,
        "disabled": found.disabled,
        "on another bus": found.on_other_buses,
        "not read": found.not_read,
    }
    return [
        "",
        *(f"{title}: {printable(', '.join(names))}" for title, names in listed.items() if names),
    ]
