"""`trunkline new service`: adds a service with its own stack."""

import argparse

from trunklab.cli import options
from trunklab.cli.scaffold_report import report
from trunklab.contracts.contract_files import contracts_in
from trunklab.scaffold import consumer_files, event_module, new_names, service_files
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.consumer_files import NewConsumer
from trunklab.scaffold.errors import ScaffoldError
from trunklab.scaffold.event_class import chosen
from trunklab.scaffold.event_module import NewEvent
from trunklab.scaffold.subscription import Subscription


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the name of the service, and its events."""
    parser.add_argument("name", help="lower-case words joined by hyphens, such as loyalty-points")
    parser.add_argument(
        "--on",
        action="append",
        default=[],
        metavar="CONTRACT",
        help="an event to consume, by its detail-type or source@detail-type; repeatable",
    )
    add_where(parser)
    parser.add_argument(
        "--publishes",
        action="append",
        default=[],
        metavar="EVENT",
        help="an event to declare and publish; repeatable",
    )
    parser.add_argument("--source", help="source of its events (default: as of the other services)")
    options.add_json(parser)
    options.add_root(parser)


def add_where(parser: argparse.ArgumentParser) -> None:
    """Declares --where."""
    parser.add_argument(
        "--where",
        default="",
        metavar="CONDITION",
        help="only events with these fields, such as 'total.amount >= 100 and lines.sku exists'",
    )


def run(arguments: argparse.Namespace) -> int:
    """Writes the service; prints its files, example events and the next steps."""
    name, checkout = arguments.name, Checkout(arguments.root)
    if not arguments.on and not arguments.publishes:
        raise ScaffoldError("A service needs an event: give --on, --publishes or both.")
    if arguments.where and not arguments.on:
        raise ScaffoldError("--where limits the events of --on: give both, or leave it out.")
    contracts = contracts_in(checkout.root)
    source = arguments.source or service_files.default_source(contracts, name)
    service_files.add(checkout, name, source, publishes=bool(arguments.publishes))
    events = [NewEvent(event, source) for event in arguments.publishes]
    for event in events:
        event_module.add(checkout, event)
    published = tuple(event.event_class for event in events)
    verdicts = {}
    for wanted in reversed(dict.fromkeys(arguments.on)):  # each goes in front of the others
        subscription = Subscription(chosen(contracts, wanted), arguments.where)
        consumer = new_names.of_contract(name, subscription.contract.detail_type)
        verdicts[consumer] = (subscription, subscription.judged())
        consumer_files.add(checkout, NewConsumer(name, consumer, subscription, published))
    files = checkout.apply(export=bool(events))
    folder = f"services/{name}/src/{new_names.snake(name)}"
    edited = [f"services/{name}/tests/test_{new_names.snake(one)}.py" for one in verdicts]
    steps = [
        f"edit {', '.join([f'{folder}/domain.py', *edited, *(str(e.module) for e in events)])}",
        *(["trunkline schemas export"] if events else []),
        *(
            [f"make test ARGS=services/{name}", f"trunkline prove --service {name}"]
            * bool(verdicts)
        ),
        "trunkline up",
    ]
    return report(arguments, files, verdicts, steps)
