"""`trunkline new consumer`: adds a rule, its queue and its handler to a service."""

import argparse

from trunklab.cli import options
from trunklab.cli.new_service_command import add_where
from trunklab.cli.scaffold_report import report
from trunklab.contracts.contract_files import contracts_in
from trunklab.scaffold import consumer_files, new_names
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.consumer_files import NewConsumer
from trunklab.scaffold.event_class import chosen
from trunklab.scaffold.subscription import Subscription


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the consumer, its service and its event."""
    parser.add_argument("name", help="lower-case words joined by hyphens, such as print-label")
    parser.add_argument(
        "--in", required=True, dest="service", metavar="SERVICE", help="a folder of services/"
    )
    parser.add_argument(
        "--on",
        required=True,
        metavar="CONTRACT",
        help="the event to consume, by its detail-type or source@detail-type",
    )
    add_where(parser)
    options.add_json(parser)
    options.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the consumer; prints its files, example events and the next steps."""
    checkout, service = Checkout(arguments.root), arguments.service
    contract = chosen(contracts_in(checkout.root), arguments.on)
    subscription = Subscription(contract, arguments.where)
    verdicts = {arguments.name: (subscription, subscription.judged())}
    consumer_files.add(checkout, NewConsumer(service, arguments.name, subscription))
    files = checkout.apply(export=False)
    domain = f"services/{service}/src/{new_names.snake(service)}/domain.py"
    steps = [
        f"edit {new_names.snake(arguments.name)} in {domain}, and its test",
        f"make test ARGS=services/{service}",
        f"trunkline prove --service {service} --handler {arguments.name}",
    ]
    return report(arguments, files, verdicts, steps)
