"""Searches the events of one contract for one that matches a pattern, and for one that does not."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import product
from math import prod
from typing import Final

from jsonschema_rs import Draft202012Validator

from trunklab.contracts.contract import Contract
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.parse import (
    DETAIL_TYPE,
    SOURCE,
    Branch,
    Clause,
    Path,
    accepts_absence,
    passes,
)
from trunklab.patterns.pattern import Pattern
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import Found, Goal, failing, matching, together
from trunklab.schema_solver.schema_paths import items_of, reached
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import JSON, ArrayShape, Node, ObjectShape
from trunklab.schema_solver.solve import find
from trunklab.schema_solver.solver_limits import CHOICES_MAX, PAIRS_MAX
from trunklab.schema_solver.validate import validator

_Clauses = tuple[tuple[Path, Clause], ...]

CONTRACTS_KEPT_MAX: Final = 2_000
"""Prepared contracts in the cache; a repository has some hundreds."""


class Prepared:
    """A contract with everything that searches need."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.node: Node = node(contract.event_schema)
        self.heads = {SOURCE: contract.source, DETAIL_TYPE: contract.detail_type}

    @cached_property
    def judge(self) -> Draft202012Validator:
        """The validator of the whole event."""
        return validator(self.contract.event_schema)

    @cached_property
    def examples(self) -> list[JSON]:
        """The valid ones of the contract's example events."""
        return [event for event in self.contract.event_examples if self.judge.is_valid(event)]

    @cached_property
    def like(self) -> Found | None:
        """The event that found ones should look like."""
        return Found(self.examples[0]) if self.examples else None


_kept: OrderedDict[int, Prepared] = OrderedDict()


def prepared(contract: Contract) -> Prepared:
    """Returns the contract prepared, from a cache."""
    key = id(contract)  # stays the contract's own: the cache holds the contract
    if key not in _kept:
        _kept[key] = Prepared(contract)
        if len(_kept) > CONTRACTS_KEPT_MAX:
            _kept.popitem(last=False)
    return _kept[key]


def array_above(contract: Contract, path: Path) -> Path:
    """Returns the path of the outermost array of objects that a field is in; () without one."""
    above = (path[:length] for length in range(1, len(path)))
    return next((one for one in above if _holds_objects(prepared(contract).node, one)), ())


def _holds_objects(root: Node, path: Path) -> bool:
    items = (item for array in reached(root, path).arrays for item in items_of(array))
    return any(isinstance(shape, ObjectShape) for item in items for shape in item.alternatives())


def admits(branch: Branch, contract: Prepared) -> bool:
    """True if the branch matches the contract's source and detail-type."""
    return all(
        path not in branch or passes(branch[path], head) for path, head in contract.heads.items()
    )


def matching_event(
    patterns: Sequence[Pattern], contract: Prepared, like: Found | None = None
) -> JSON:
    """Returns an event that all patterns match; None is a proof. Raises UndecidedError.

    It is near to the event `like`; without one it is an example, or near to the first.
    """
    for event in contract.examples if like is None else ():
        if all(pattern.matches(event) for pattern in patterns):
            return event
    return _first(
        partial(_matched, branches, patterns, contract, like)
        for branches in _combinations([_admitting(pattern, contract) for pattern in patterns])
    )


def other_event(pattern: Pattern, contract: Prepared) -> JSON:
    """Returns an event that the pattern does not match; None is a proof. Raises UndecidedError."""
    for event in contract.examples:
        if not pattern.matches(event):
            return event
    branches = _admitting(pattern, contract)
    event = _failing_event(branches, pattern, contract)
    if event is None and _may_scatter(branches, contract):
        raise UndecidedError("matching values may be in different elements of one array")
    return event


def _first(searches: Iterable[Callable[[], JSON]]) -> JSON:
    """Returns the first event found; raises UndecidedError if one may exist."""
    undecided: UndecidedError | None = None
    for search in searches:
        try:
            event = search()
        except UndecidedError as error:
            undecided = error
            continue
        if event is not None:
            return event
    if undecided is not None:
        raise undecided
    return None


def _matched(
    branches: list[Branch],
    patterns: Sequence[Pattern],
    contract: Prepared,
    like: Found | None,
) -> JSON:
    event = _first(partial(_solved, goal, contract, like) for goal in matching(branches))
    if event is None or all(pattern.matches(event) for pattern in patterns):
        return event
    raise UndecidedError("an event was found that fails the final check")


def _solved(goal: Goal, contract: Prepared, like: Found | None = None) -> JSON:
    found = find(contract.node, goal, like or contract.like)
    if found is None:
        return None
    if not contract.judge.is_valid(found.value):
        raise UndecidedError("an event was found that fails the final check")
    return found.value


def _may_scatter(branches: Sequence[Branch], contract: Prepared) -> bool:
    """True if a branch could fail although each of its clauses holds.

    An array that may consist of one of its elements gives an event in which a single clause fails.
    Tuples and sets do not always, and another branch may need the other elements.
    """
    arrays = [
        [(clause, reached(contract.node, path).arrays) for path, clause in branch.items()]
        for branch in branches
    ]
    for branch in arrays:
        for shape in _shared([of_path for _, of_path in branch]):
            if shape.prefix or (shape.unique and shape.count_min > 1):
                return True
            if len(branches) > 1 and any(
                accepts_absence(clause) and any(one is shape for one in of_path)
                for other in arrays
                for clause, of_path in other
            ):
                return True
    return False


def _shared(arrays: Sequence[Sequence[ArrayShape]]) -> Iterator[ArrayShape]:
    """Yields arrays on the path of two clauses."""
    seen: set[int] = set()
    for of_path in arrays:
        yield from (shape for shape in of_path if id(shape) in seen)
        seen |= set(map(id, of_path))


def _admitting(pattern: Pattern, contract: Prepared) -> list[Branch]:
    """Returns the branches for the contract without source and detail-type."""
    return [
        {path: clause for path, clause in branch.items() if path not in contract.heads}
        for branch in pattern.branches
        if admits(branch, contract)
    ]


def _combinations(choices: Sequence[Sequence[Branch]]) -> Iterator[list[Branch]]:
    if prod(map(len, choices)) > PAIRS_MAX:
        raise UndecidedError(f"more than {PAIRS_MAX} pairs of branches")
    return map(list, product(*choices))


def _failing_event(branches: Sequence[Branch], pattern: Pattern, contract: Prepared) -> JSON:
    """Searches by making one clause fail of each branch that still matches."""
    programs = [(branch, Program([branch])) for branch in branches]
    waiting: list[_Clauses] = [()]
    seen = set(waiting)

    def search(chosen: _Clauses) -> JSON:
        goal = together([failing(path, clause) for path, clause in chosen])
        event = _solved(goal, contract)
        if event is None or not pattern.matches(event):
            return event
        held = next(branch for branch, program in programs if program.matching(event))
        further = [(*chosen, item) for item in held.items() if item not in chosen]
        waiting.extend(longer for longer in reversed(further) if longer not in seen)
        seen.update(further)
        return None

    def searches() -> Iterator[Callable[[], JSON]]:
        while waiting:
            if len(seen) > CHOICES_MAX:
                raise UndecidedError(f"more than {CHOICES_MAX} ways for all branches to fail")
            yield partial(search, waiting.pop())

    return _first(searches())
