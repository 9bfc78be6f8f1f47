"""The committed contracts, found by what a rule's source and detail-type say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.patterns.conditions import Affix, AnyCase, Condition, Text, Value, Wildcard
from trunklab.patterns.parse import Branch, Clause, Path, accepts_absence, passes
from trunklab.rules.impossible_clauses import Blame, always_true, blame
from trunklab.schema_solver.errors import UndecidedError

SOURCE: Path = ("source",)
DETAIL_TYPE: Path = ("detail-type",)

AWS: Final = "aws."
"""How every source of AWS's own events begins, and no other."""


Values = Sequence[Sequence[Value]]
"""The leaves at one path, for each example."""


class Known:
    """An index, so that a rule costs no more than the contracts that it may take."""

    def __init__(self, contracts: Iterable[Contract]) -> None:
        self.contracts = tuple(contracts)
        self._blames: dict[tuple[str, Path, Condition], Blame | None] = {}
        self._examples: dict[tuple[str, Path], Values] = {}
        self._always: dict[tuple[str, Path, Clause], bool] = {}

    @cached_property
    def by_source(self) -> dict[str, dict[str, Contract]]:
        """The contracts by source, then by detail-type."""
        found: dict[str, dict[str, Contract]] = {}
        for contract in self.contracts:
            found.setdefault(contract.source, {})[contract.detail_type] = contract
        return found

    @cached_property
    def by_detail_type(self) -> dict[str, list[Contract]]:
        """The contracts by detail-type, whatever their source."""
        found: dict[str, list[Contract]] = {}
        for contract in self.contracts:
            found.setdefault(contract.detail_type, []).append(contract)
        return found

    @cached_property
    def by_path(self) -> dict[str, Contract]:
        """The contracts by the file that they are committed in."""
        return {contract.path.as_posix(): contract for contract in self.contracts}

    def blame(self, contract: Contract, path: Path, condition: Condition) -> Blame | None:
        """Why a condition never passes, remembered: rules ask the same of a contract again."""
        key = (contract.name, path, condition)
        if key not in self._blames and _one_passes(self._values(contract, path), condition):
            self._blames[key] = None
        if key not in self._blames:
            try:
                self._blames[key] = blame(contract, path, condition)
            except UndecidedError:
                self._blames[key] = None  # whoever is not proved guilty is not
        return self._blames[key]

    def always_true(self, contract: Contract, path: Path, clause: Clause) -> bool:
        """Whether every event of a contract passes a clause, remembered too."""
        key = (contract.name, path, clause)
        if key not in self._always and _one_fails(self._values(contract, path), clause):
            self._always[key] = False
        if key not in self._always:
            self._always[key] = always_true(contract, path, clause)
        return self._always[key]

    def _values(self, contract: Contract, path: Path) -> Values:
        key = (contract.name, path)
        if key not in self._examples:
            self._examples[key] = _leaves_of(contract, path)
        return self._examples[key]

    def admitted(self, branches: Sequence[Branch]) -> list[Contract]:
        """The contracts that some branch admits by source and detail-type, each once."""
        found = {one.name: one for branch in branches for one in self.of_branch(branch)}
        return [found[name] for name in sorted(found)]

    def of_branch(self, branch: Branch) -> Iterator[Contract]:
        """The contracts that one branch admits."""
        for source in _chosen(branch.get(SOURCE), self.by_source):
            of_source = self.by_source[source]
            for detail_type in _chosen(branch.get(DETAIL_TYPE), of_source):
                yield of_source[detail_type]


def is_aws(condition: Condition) -> bool:
    """Whether what a condition takes of sources is AWS's own only."""
    match condition:
        case Text(text) | Affix(text, False, False):
            return text.startswith(AWS)
        case AnyCase(text) | Affix(text, False, True):
            return text.lower().startswith(AWS)
        case Wildcard(_, parts):
            return parts[0].startswith(AWS)
    return False


def _chosen(clause: Clause | None, values: Iterable[str]) -> list[str]:
    """The values that pass; plain texts are looked up."""
    if clause is None:
        return list(values)
    if all(isinstance(condition, Text) for condition in clause):
        known = values if isinstance(values, dict) else set(values)
        return [one.text for one in clause if isinstance(one, Text) and one.text in known]
    return [value for value in values if passes(clause, value)]


def _leaves_of(contract: Contract, path: Path) -> Values:
    """The leaves at a path of each example; keys with dots are not looked into."""
    return [list(_leaves(event, path)) for event in contract.event_examples]


def _one_passes(found: Values, condition: Condition) -> bool:
    """True if an example shows that the condition can pass."""
    return any(condition.passes(value) for some in found for value in some)


def _one_fails(found: Values, clause: Clause) -> bool:
    """True if an example shows that the clause says something."""
    return any(
        not any(passes(clause, value) for value in some)
        and (bool(some) or not accepts_absence(clause))
        for some in found
    )


def _leaves(value: object, path: Path) -> Iterator[Value]:
    if isinstance(value, list):
        for element in value:
            yield from _leaves(element, path)
    elif isinstance(value, Mapping):
        if path and path[0] in value:
            yield from _leaves(value[path[0]], path[1:])
    elif not path and (value is None or isinstance(value, str | int | float)):
        yield value
