"""Searches the events of one contract for one that matches a pattern, and for one that does not."""

from collections.abc import Iterator, Sequence
from typing import Final

from trunklab.patterns.compiled.program import Program
from trunklab.patterns.parse import Branch, Clause, Path, accepts_absence, passes
from trunklab.patterns.pattern import Pattern
from trunklab.rules.prepared_contract import Prepared
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import Goal, failing, matching, together
from trunklab.schema_solver.schema_paths import reached
from trunklab.schema_solver.shape import JSON, ArrayShape
from trunklab.schema_solver.solve import find
from trunklab.schema_solver.solver_limits import CHOICES_MAX, PAIRS_MAX

Failing = tuple[tuple[Path, Clause], ...]

ENVELOPE: Final[Sequence[Path]] = (("source",), ("detail-type",))
"""What says of which contract an event is."""


def admits(branch: Branch, contract: Prepared) -> bool:
    """Whether the branch takes the contract's source and detail-type."""
    return all(
        path not in branch or passes(branch[path], head) for path, head in contract.heads.items()
    )


def matching_event(patterns: Sequence[Pattern], contract: Prepared) -> JSON:
    """An event that all the patterns match; None is a proof. Raises UndecidedError."""
    for event in contract.examples:
        if all(pattern.matches(event) for pattern in patterns):
            return event
    undecided: UndecidedError | None = None
    for branches in _combinations([_admitting(one, contract) for one in patterns]):
        try:
            event = _reached(matching(branches), contract)
        except UndecidedError as error:
            undecided = error
            continue
        if event is None:
            continue
        if _is_sure(event, contract) and all(pattern.matches(event) for pattern in patterns):
            return event
        undecided = UndecidedError("an event was found that does not stand the check")
    if undecided is not None:
        raise undecided
    return None


def other_event(pattern: Pattern, contract: Prepared) -> JSON:
    """An event that the pattern does not match; None is a proof. Raises UndecidedError."""
    for event in contract.examples:
        if not pattern.matches(event):
            return event
    branches = [_without_heads(branch) for branch in _admitting(pattern, contract)]
    event = _failing_all(branches, pattern, contract)
    if event is None and may_scatter(branches, contract):
        raise UndecidedError("values that match could lie in different elements of one array")
    return event


def may_scatter(branches: Sequence[Branch], contract: Prepared) -> bool:
    """Whether a branch could fail although each of its clauses holds.

    An array that may be made of one of its elements alone gives an event in which a single clause
    fails; tuples and sets cannot always, and another branch may need the other elements.
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
    """Arrays on the way of two clauses."""
    seen: set[int] = set()
    for of_path in arrays:
        for shape in of_path:
            if id(shape) in seen:
                yield shape
        seen |= set(map(id, of_path))


def _admitting(pattern: Pattern, contract: Prepared) -> list[Branch]:
    return [branch for branch in pattern.branches if admits(branch, contract)]


def _without_heads(branch: Branch) -> Branch:
    return {path: clause for path, clause in branch.items() if path not in ENVELOPE}


def _combinations(choices: Sequence[Sequence[Branch]]) -> Iterator[list[Branch]]:
    total = 1
    for of_pattern in choices:
        total *= len(of_pattern)
    if total > PAIRS_MAX:
        raise UndecidedError(f"more than {PAIRS_MAX} pairs of branches")
    first, *rest = choices
    for branch in first:
        if not rest:
            yield [_without_heads(branch)]
            continue
        for others in _combinations(rest):
            yield [_without_heads(branch), *others]


def _reached(goals: Iterator[Goal], contract: Prepared) -> JSON:
    undecided: UndecidedError | None = None
    for goal in goals:
        try:
            found = find(contract.node, goal, contract.like)
        except UndecidedError as error:
            undecided = error
            continue
        if found is not None:
            return found.value
    if undecided is not None:
        raise undecided
    return None


def _failing_all(branches: Sequence[Branch], pattern: Pattern, contract: Prepared) -> JSON:
    """An event that fails every branch: of each that still matches, one clause is made to fail."""
    undecided: UndecidedError | None = None
    programs = [Program([branch]) for branch in branches]
    waiting: list[Failing] = [()]
    seen = set(waiting)
    while waiting:
        chosen = waiting.pop()
        try:
            event = _failing(chosen, contract)
        except UndecidedError as error:
            undecided = error
            continue
        if event is None:
            continue
        if not pattern.matches(event):
            return event
        held = next(
            branch
            for branch, program in zip(branches, programs, strict=True)
            if program.matching(event)
        )
        further = [(*chosen, item) for item in held.items() if item not in chosen]
        waiting += [longer for longer in reversed(further) if longer not in seen]
        seen.update(further)
        if len(seen) > CHOICES_MAX:
            raise UndecidedError(f"more than {CHOICES_MAX} ways for all branches to fail")
    if undecided is not None:
        raise undecided
    return None


def _failing(chosen: Failing, contract: Prepared) -> JSON:
    """A valid event in which the chosen clauses fail; None is a proof that there is none."""
    goal = together([failing(path, clause) for path, clause in chosen])
    found = find(contract.node, goal, contract.like)
    if found is not None and not _is_sure(found.value, contract):
        raise UndecidedError("an event was found that does not stand the check")
    return None if found is None else found.value


def _is_sure(event: JSON, contract: Prepared) -> bool:
    return contract.judge.is_valid(event)
