"""The files of a service without its consumers, and the removal of all of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from trunklab.contracts.contract import Contract
from trunklab.contracts.export import GENERATED
from trunklab.scaffold import consumer_files, event_module, new_names, template_edits
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.errors import ScaffoldError
from trunklab.scaffold.skeletons import filled

_STACK = "${AWS::StackName}-"


def default_source(contracts: Sequence[Contract], service: str) -> str:
    """Returns the source of a new service: that of most others, with another last part."""
    prefixes = Counter(contract.source.rpartition(".")[0] for contract in contracts)
    if not prefixes:
        raise ScaffoldError("There are no contracts yet to take a source from: give --source.")
    return f"{prefixes.most_common(1)[0][0]}.{service}"


def add(checkout: Checkout, name: str, source: str, *, publishes: bool) -> None:
    """Adds a service without consumers; raises ScaffoldError if its folder exists."""
    new_names.check_service(name)
    folder = PurePosixPath("services", name)
    package = new_names.snake(name)
    if (checkout.root / package).exists():
        problem = f"the repository's folder {package} has the name of its package"
        raise ScaffoldError(f"Invalid service name {name!r}: {problem}. Choose another name.")
    if checkout.files_in(folder):
        raise ScaffoldError(f"{folder} exists already: choose another name, or remove it.")
    if source.rpartition(".")[2] != name:
        raise ScaffoldError(f"Invalid --source {source!r}: its last part must be {name}.")
    for path, text in _texts(name, source, publishes=publishes).items():
        checkout.create(path, text)


@dataclass(frozen=True)
class Removed:
    """The events and edited files of a removed service."""

    events: tuple[Contract, ...]
    edited: set[str]
    """The files that differ from what `trunkline new` makes."""


def remove(checkout: Checkout, contracts: Sequence[Contract], name: str) -> Removed:
    """Removes a service with its consumers and events; raises ScaffoldError."""
    folder = PurePosixPath("services", name)
    template = folder / "template.yaml"
    on_disk = checkout.files_in(folder)
    if template not in on_disk:
        raise ScaffoldError(f"{template} does not exist: check the name of the service.")
    body = template_edits.parsed(template, checkout.text(template)).body
    source = str(body.get("Parameters", {}).get("Source", {}).get("Default", ""))
    edited: set[str] = set()
    for consumer in _consumers(body["Resources"]):
        try:
            made = consumer_files.existing(checkout, contracts, name, consumer)
            edited |= consumer_files.remove(checkout, made)
        except ScaffoldError:
            edited.add(str(template))  # not made by `trunkline new`
    own = tuple(contract for contract in contracts if contract.source == source)
    expected = _texts(name, source, publishes="Contracts" in body["Resources"])
    for path in on_disk:
        text = checkout.get(path)
        if not any(path.match(pattern) for pattern in GENERATED) and text is not None:
            edited |= {str(path)} if text != expected.get(path) else set()
            checkout.put(path, None)
    for contract in own:
        edited |= event_module.remove(checkout, contract)
    return Removed(own, edited)


def check_not_empty(checkout: Checkout, name: str) -> None:
    """Raises ScaffoldError if a service has nothing left to run."""
    template = PurePosixPath("services", name, "template.yaml")
    resources = template_edits.parsed(template, checkout.text(template)).resources
    if not any(one["Type"].startswith("AWS::Serverless::") for one in resources.values()):
        raise ScaffoldError(
            f"Nothing would be left to run in {name}: use `trunkline remove service {name}`."
        )


def _consumers(resources: dict[str, dict[str, object]]) -> list[str]:
    """Returns the names of the consumers, as the names of their rules end."""
    rules = [one for one in resources.values() if one["Type"] == "AWS::Events::Rule"]
    properties = [rule.get("Properties") for rule in rules]
    names = [one.get("Name") for one in properties if isinstance(one, dict)]
    subs = [str(name.get("Fn::Sub", "")) for name in names if isinstance(name, dict)]
    return [sub.removeprefix(_STACK) for sub in subs]


def _texts(name: str, source: str, *, publishes: bool) -> dict[PurePosixPath, str]:
    words = {"service": name, "package": new_names.snake(name), "source": source}
    return filled("service", words, "producer" if publishes else "stores")
