"""`trunkline remove consumer`: removes what `trunkline new consumer` made."""

import argparse

from trunklab.cli.scaffold_report import add_removal, check_edited, report
from trunklab.contracts.contract_files import contracts_in
from trunklab.scaffold import consumer_files, service_files
from trunklab.scaffold.checkout import Checkout


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the consumer and its service."""
    add_removal(parser, "the name that `trunkline new` gave it")
    parser.add_argument(
        "--in", required=True, dest="service", metavar="SERVICE", help="a folder of services/"
    )


def run(arguments: argparse.Namespace) -> int:
    """Removes the consumer from its service."""
    checkout, name, service = Checkout(arguments.root), arguments.name, arguments.service
    contracts = contracts_in(checkout.root)
    consumer = consumer_files.existing(checkout, contracts, service, name)
    edited = consumer_files.remove(checkout, consumer)
    service_files.check_not_empty(checkout, service)
    check_edited(arguments, f"The consumer {name} of {service}", edited)
    return report(arguments, checkout.apply(export=False))
