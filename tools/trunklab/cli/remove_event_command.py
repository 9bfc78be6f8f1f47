"""`trunkline remove event`: removes what `trunkline new event` made."""

import argparse

from trunklab.cli.scaffold_report import add_removal, check_edited, report
from trunklab.contracts.contract_files import contracts_in
from trunklab.scaffold import event_module
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.errors import ScaffoldError
from trunklab.scaffold.event_class import chosen
from trunklab.scaffold.event_users import check_unused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the event."""
    add_removal(parser, "its detail-type, or source@detail-type")


def run(arguments: argparse.Namespace) -> int:
    """Removes the event and the files generated from it."""
    checkout = Checkout(arguments.root)
    contracts = contracts_in(checkout.root)
    contract = chosen(contracts, arguments.name)
    if [one.source for one in contracts].count(contract.source) == 1:
        raise ScaffoldError(
            f"{contract.name} is the only event of its service, whose template nests its contracts."
            " Remove the service, or first remove Outbox and Contracts from the template."
        )
    check_unused(checkout.root, [contract])
    edited = event_module.remove(checkout, contract)
    check_edited(arguments, f"The event {contract.name}", edited)
    return report(arguments, checkout.apply(export=True))
