"""What is made of a contract once, to ask it many times: its shapes, its judge, its examples."""

from collections import OrderedDict
from functools import cached_property
from typing import Final

from jsonschema_rs import Draft202012Validator

from trunklab.contracts.contract import Contract
from trunklab.schema_solver.found import Found
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import JSON, Node
from trunklab.schema_solver.validate import validator

CONTRACTS_KEPT_MAX: Final = 2_000
"""Contracts that are kept prepared; a repository has some hundreds."""


class Prepared:
    """A contract as the searches use it."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.node: Node = node(contract.event_schema)
        self.heads = {("source",): contract.source, ("detail-type",): contract.detail_type}

    @cached_property
    def judge(self) -> Draft202012Validator:
        """The validator of the whole event."""
        return validator(self.contract.event_schema)

    @cached_property
    def examples(self) -> list[JSON]:
        """The valid ones among the contract's example events."""
        return [event for event in self.contract.event_examples if self.judge.is_valid(event)]

    @cached_property
    def like(self) -> Found | None:
        """The event that found ones should look like."""
        return Found(self.examples[0]) if self.examples else None


_kept: OrderedDict[int, Prepared] = OrderedDict()


def prepared(contract: Contract) -> Prepared:
    """The contract prepared; the same object gives the same answer."""
    key = id(contract)
    found = _kept.get(key)
    if found is None or found.contract is not contract:
        found = _kept[key] = Prepared(contract)
        if len(_kept) > CONTRACTS_KEPT_MAX:
            _kept.popitem(last=False)
    return found
