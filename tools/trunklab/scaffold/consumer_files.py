"""The parts of a consumer in its service: rule, queue, function, handler, domain and test."""

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.scaffold import code_edits, new_names, template_edits
from trunklab.scaffold.checkout import Checkout
from trunklab.scaffold.errors import ScaffoldError
from trunklab.scaffold.event_class import EventClass, class_of
from trunklab.scaffold.skeletons import filled
from trunklab.scaffold.subscription import Subscription, of_description

_NO_CONTRACT: Final = Contract(PurePosixPath(), {})
"""In place of the contract of a consumer whose files are not read yet."""


@dataclass(frozen=True)
class NewConsumer:
    """A consumer of a service, as `trunkline new` makes it."""

    service: str
    name: str
    subscription: Subscription
    publishes: tuple[EventClass, ...] = ()

    @property
    def resources(self) -> set[str]:
        """The logical ids of its resources."""
        return {f"{new_names.pascal(self.name)}{kind}" for kind in ("Rule", "", "Function")}


class _Places:
    """The files of a service that hold parts of a consumer."""

    def __init__(self, consumer: NewConsumer) -> None:
        folder, function = (
            PurePosixPath("services", consumer.service),
            new_names.snake(consumer.name),
        )
        package = folder / "src" / new_names.snake(consumer.service)
        self.template = folder / "template.yaml"
        self.handlers = folder / "handlers.yaml"
        self.reads = folder / "reads.yaml"
        self.domain = package / "domain.py"
        self.module = package / f"{function}.py"
        self.test = folder / "tests" / f"test_{function}.py"
        self.reads_line = f"{consumer.name}: ['*']\n"


def add(checkout: Checkout, consumer: NewConsumer) -> None:
    """Adds the parts to the service; raises ScaffoldError if a name is used already."""
    new_names.check_consumer(consumer.service, consumer.name)
    places = _Places(consumer)
    if checkout.get(places.template) is None:
        raise ScaffoldError(
            f"{places.template} does not exist: use `trunkline new service {consumer.service}`."
        )
    texts = _texts(checkout, consumer)
    template, block = checkout.text(places.template), texts[places.template]
    checkout.put(places.template, template_edits.inserted(places.template, template, block))
    domain = checkout.get(places.domain) or f'"""Decisions of the service {consumer.service}."""\n'
    domain = code_edits.with_function(places.domain, domain, texts[places.domain])
    for statement in _imports(checkout, consumer):
        domain = code_edits.with_import(places.domain, domain, statement)
    checkout.put(places.domain, domain)
    _list(checkout, places, consumer.name)
    checkout.put(places.reads, (checkout.get(places.reads) or "") + places.reads_line)
    for path in (places.module, places.test):
        checkout.create(path, texts[path])


def remove(checkout: Checkout, consumer: NewConsumer) -> set[str]:
    """Removes the parts; returns the files that differ from what `add` makes."""
    places, texts = _Places(consumer), _texts(checkout, consumer)
    edited: set[PurePosixPath] = set()
    block, template = template_edits.cut(
        places.template, checkout.text(places.template), consumer.resources
    )
    edited |= {places.template} if block != texts[places.template] else set()
    checkout.put(places.template, template)
    function, domain = code_edits.cut_function(
        places.domain, checkout.get(places.domain) or "", new_names.snake(consumer.name)
    )
    expected = checkout.formatted(places.domain, texts[places.domain])
    edited |= {places.domain} if function != expected else set()
    if function:
        checkout.put(places.domain, checkout.formatted(places.domain, domain))
    for path in (places.module, places.test):
        text = checkout.get(path)
        if text is not None:
            edited |= {path} if text != checkout.formatted(path, texts[path]) else set()
            checkout.put(path, None)
    _list(checkout, places, consumer.name)
    reads = checkout.text(places.reads)
    edited |= {places.reads} if places.reads_line not in reads else set()
    lines = reads.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{consumer.name}:")]
    checkout.put(places.reads, "".join(kept))
    return set(map(str, edited))


def existing(
    checkout: Checkout, contracts: Sequence[Contract], service: str, name: str
) -> NewConsumer:
    """Returns a consumer of a service as its files describe it; raises ScaffoldError."""
    consumer = NewConsumer(service, name, Subscription(_NO_CONTRACT))
    places = _Places(consumer)
    resources = template_edits.parsed(places.template, checkout.text(places.template)).resources
    missing = sorted(consumer.resources - resources.keys())
    if missing:
        raise ScaffoldError(
            f"{places.template} has no resource {missing[0]}, so {name} is not a consumer that "
            "`trunkline new` made. Check its name, or edit the service by hand."
        )
    rule = resources[f"{new_names.pascal(name)}Rule"].get("Properties", {})
    pattern = rule.get("EventPattern", {})
    named = [
        contract
        for contract in contracts
        if pattern.get("source") == [contract.source]
        and pattern.get("detail-type") == [contract.detail_type]
    ]
    if not named:
        raise ScaffoldError(f"The rule of {name} in {places.template} names no single contract.")
    subscription = of_description(named[0], str(rule.get("Description", "")))
    published = tuple(_published(places.module, checkout.text(places.module), consumer))
    return NewConsumer(service, name, subscription, published)


def _published(path: PurePosixPath, text: str, consumer: NewConsumer) -> Iterator[EventClass]:
    """Yields the event classes that a handler returns."""
    tree = code_edits.tree_of(path, text)
    modules = {
        alias.name: str(node.module)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == new_names.snake(consumer.name):
            returned = ast.walk(node.returns) if node.returns else ()
            names = (part.id for part in returned if isinstance(part, ast.Name))
            yield from (EventClass(modules[name], name) for name in names if name in modules)


def _list(checkout: Checkout, places: _Places, name: str) -> None:
    """Adds a handler's name to the service's list, or removes it."""
    text = checkout.text(places.handlers)
    checkout.put(
        places.handlers, code_edits.with_entries(places.handlers, text, "handlers", {name})
    )


def _imports(checkout: Checkout, consumer: NewConsumer) -> list[str]:
    event = class_of(checkout, consumer.subscription.contract)
    return [one.statement for one in (event, *consumer.publishes)]


def _texts(checkout: Checkout, consumer: NewConsumer) -> dict[PurePosixPath, str]:
    event = class_of(checkout, consumer.subscription.contract)
    published = [one.name for one in consumer.publishes]
    examples = [f"{name}.examples()[0]" for name in published]
    words = {
        "service": consumer.service,
        "package": new_names.snake(consumer.service),
        "consumer": consumer.name,
        "Consumer": new_names.pascal(consumer.name),
        "function": new_names.snake(consumer.name),
        "description": json.dumps(consumer.subscription.description, ensure_ascii=False),
        "pattern": _pattern(consumer.subscription),
        "event_module": event.module,
        "Event": event.name,
        "Published": published[0] if len(published) == 1 else f"tuple[{', '.join(published)}]",
        "examples": examples[0] if len(examples) == 1 else f"({', '.join(examples)})",
        "imports": "\n".join(one.statement for one in consumer.publishes),
    }
    return filled("consumer", words, "producer" if published else "stores")


def _pattern(subscription: Subscription) -> str:
    """Returns the event pattern as YAML, one line for each key; JSON is YAML."""
    entries = (f"{key}: {json.dumps(value)}" for key, value in subscription.pattern.items())
    return "".join(f"\n        {entry}" for entry in entries)
