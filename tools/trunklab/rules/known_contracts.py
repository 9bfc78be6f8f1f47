"""The committed contracts, found by a rule's source and detail-type."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.patterns.conditions import Affix, AnyCase, Condition, Text, Value, Wildcard
from trunklab.patterns.parse import (
    DETAIL_TYPE,
    SOURCE,
    Branch,
    Clause,
    Path,
    accepts_absence,
    passes,
)
from trunklab.rules.impossible_clauses import Blame, always_true, blame
from trunklab.schema_solver.errors import UndecidedError

AWS: Final = "aws."
"""The prefix of the sources of AWS's own events, and only of these."""


class Known:
    """An index of contracts, and a cache of what was proved of them."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self.contracts = tuple(contracts)
        self.by_source: dict[str, dict[str, Contract]] = {}
        self.by_detail_type: dict[str, list[Contract]] = {}
        for contract in self.contracts:
            self.by_source.setdefault(contract.source, {})[contract.detail_type] = contract
            self.by_detail_type.setdefault(contract.detail_type, []).append(contract)
        self.paths = {contract.path for contract in self.contracts}
        self._blames: dict[tuple[str, Path, Condition], Blame | None] = {}
        self._examples: dict[tuple[str, Path], list[list[Value]]] = {}
        self._always: dict[tuple[str, Path, Clause], bool] = {}

    def blame(self, contract: Contract, path: Path, condition: Condition) -> Blame | None:
        """Returns why a condition never matches; None if it may, or if that is undecided."""
        key = (contract.name, path, condition)
        if key not in self._blames:
            values = self._values(contract, path)
            shown = any(condition.passes(value) for some in values for value in some)
            self._blames[key] = None
            with suppress(UndecidedError):
                self._blames[key] = None if shown else blame(contract, path, condition)
        return self._blames[key]

    def always_true(self, contract: Contract, path: Path, clause: Clause) -> bool:
        """True if every event of a contract matches a clause."""
        key = (contract.name, path, clause)
        if key not in self._always:
            fails = any(
                not any(passes(clause, value) for value in some)
                and (bool(some) or not accepts_absence(clause))
                for some in self._values(contract, path)
            )
            self._always[key] = not fails and always_true(contract, path, clause)
        return self._always[key]

    def _values(self, contract: Contract, path: Path) -> list[list[Value]]:
        """Returns the leaves at a path for each example, without those of dotted keys."""
        key = (contract.name, path)
        if key not in self._examples:
            self._examples[key] = [list(_leaves(event, path)) for event in contract.event_examples]
        return self._examples[key]

    def admitted(self, branches: Sequence[Branch]) -> list[Contract]:
        """Returns the contracts that a branch admits by source and detail-type, by name."""
        found: dict[str, Contract] = {}
        for branch in branches:
            for source in _chosen(branch.get(SOURCE), self.by_source):
                of_source = self.by_source[source]
                for detail_type in _chosen(branch.get(DETAIL_TYPE), of_source):
                    found[of_source[detail_type].name] = of_source[detail_type]
        return [found[name] for name in sorted(found)]


def is_aws(condition: Condition) -> bool:
    """True if the condition matches only sources of AWS's own events."""
    match condition:
        case Text(text) | Affix(text, False, False):
            return text.startswith(AWS)
        case AnyCase(text) | Affix(text, False, True):
            return text.lower().startswith(AWS)
        case Wildcard(_, parts):
            return parts[0].startswith(AWS)
    return False


def _chosen(clause: Clause | None, values: Mapping[str, object]) -> list[str]:
    """Returns the values that match; plain strings are looked up."""
    if clause is None:
        return list(values)
    texts = [condition.text for condition in clause if isinstance(condition, Text)]
    if len(texts) == len(clause):
        return [text for text in texts if text in values]
    return [value for value in values if passes(clause, value)]


def _leaves(value: object, path: Path) -> Iterator[Value]:
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element, path)
    elif isinstance(value, Mapping):
        if path and path[0] in value:
            yield from _leaves(value[path[0]], path[1:])
    elif not path and (value is None or isinstance(value, str | int | float)):
        yield value
