"""`trunkline new event`: adds an event contract with its generated files."""

import argparse

from trunklab.cli import options
from trunklab.cli.scaffold_report import report
from trunklab.scaffold import event_module
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.event_module import NewEvent, field_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the event, its source and its fields."""
    parser.add_argument("name", help="a fact in the past tense, such as VanParked")
    parser.add_argument("--source", required=True, help="its publisher, such as fleet.vans")
    parser.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME:TYPE",
        help="string, integer, number, boolean, date, date-time, uuid or constants a|b; "
        "append [] for a list and ? for an optional field; repeatable",
    )
    options.add_json(parser)
    options.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the event and the files generated from it."""
    checkout = Checkout(arguments.root)
    fields = tuple(map(field_of, arguments.field))
    event = NewEvent(arguments.name, arguments.source, fields)
    event_module.add(checkout, event)
    files = checkout.apply(export=True)
    steps = [f"edit {event.module}, then run `trunkline schemas export`", "trunkline schemas check"]
    return report(arguments, files, following=steps)
