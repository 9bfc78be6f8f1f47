"""`trunkline remove service`: removes what `trunkline new service` made."""

import argparse

from trunklab.cli.scaffold_report import add_removal, check_edited, report
from trunklab.contracts.contract_files import contracts_in
from trunklab.scaffold import service_files
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.event_users import check_unused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the name of the service."""
    add_removal(parser, "a folder of services/; its events are removed too")


def run(arguments: argparse.Namespace) -> int:
    """Removes the service, its consumers and its events."""
    checkout = Checkout(arguments.root)
    contracts = contracts_in(checkout.root)
    removed = service_files.remove(checkout, contracts, arguments.name)
    check_unused(checkout.root, removed.events, arguments.name)
    check_edited(arguments, f"The service {arguments.name}", removed.edited)
    return report(arguments, checkout.apply(export=bool(removed.events)))
