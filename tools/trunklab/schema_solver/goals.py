"""Goals of a search: which clauses a value must match, and which it must not match.

A group is one branch of a pattern. Each `present` clause needs a leaf, all of them in the same
elements of arrays; its `absent` paths must have no leaf beside those. A forbidden clause must not
match any leaf.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final

from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Absent, Condition, Exists
from trunklab.patterns.parse import Branch, Clause, Path, accepts_absence, passes
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import JSON
from trunklab.schema_solver.solver_limits import SPLITS_MAX

EXISTS: Final[tuple[Condition, ...]] = (Exists(),)
_ROOT: Final = "value"
"""The key of a value in the event that the rules engine is given."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value that was found, which may be None."""

    value: JSON


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses by path that must hold together."""

    present: tuple[tuple[Path, Clause], ...] = ()
    absent: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """Groups and forbidden clauses for one value; several groups if several rules must match."""

    groups: tuple[Group, ...] = ()
    forbidden: tuple[tuple[Path, Clause], ...] = ()

    @property
    def is_free(self) -> bool:
        """True if every valid value reaches the goal."""
        return not self.groups and not self.forbidden

    def is_reached(self, value: JSON) -> bool:
        """True if the rules engine matches every group and nothing forbidden."""
        for group in self.groups:
            branch: Branch = {(_ROOT, *path): clause for path, clause in group.present}
            branch |= {(_ROOT, *path): (Absent(),) for path in group.absent}
            if not _matches(branch, value):
                return False
        return not any(_matches({(_ROOT, *path): clause}, value) for path, clause in self.forbidden)


def _matches(branch: Branch, value: JSON) -> bool:
    return Program([branch]).matching({_ROOT: value}) > 0


def agrees(value: JSON, wanted: Iterable[Clause], unwanted: Iterable[Clause]) -> bool:
    """True if a leaf passes every wanted clause and fails every unwanted one."""
    return all(passes(clause, value) for clause in wanted) and not any(
        passes(clause, value) for clause in unwanted
    )


def first_found(attempts: Iterable[Callable[[], Found | None]]) -> Found | None:
    """Returns the first value found; None proves that no value exists.

    Raises UndecidedError if no attempt finds a value and one of them is undecided.
    """
    undecided: UndecidedError | None = None
    for attempt in attempts:
        try:
            found = attempt()
        except UndecidedError as error:
            undecided = error
            continue
        if found is not None:
            return found
    if undecided is not None:
        raise undecided
    return None


def matching(branches: Sequence[Branch]) -> Iterator[Goal]:
    """Yields goals; a value matches every branch exactly if it reaches one of them.

    Raises UndecidedError if too many clauses also match absent fields.
    """
    for groups in product(*(list(_groups(branch)) for branch in branches)):
        yield _without_absences(Goal(groups))


def failing(path: Path, clause: Clause) -> Goal:
    """Returns the goal of a value in which the clause does not hold."""
    conditions = _of_values(clause)
    forbidden = ((path, conditions),) if conditions else ()
    groups = (Group(((path, EXISTS),)),) if accepts_absence(clause) else ()
    return Goal(groups, forbidden)


def together(goals: Sequence[Goal]) -> Goal:
    """Returns the goal that requires all the goals."""
    return Goal(
        tuple(dict.fromkeys(group for goal in goals for group in goal.groups)),
        tuple(dict.fromkeys(clause for goal in goals for clause in goal.forbidden)),
    )


def below(goal: Goal, steps: Path) -> Goal:
    """Returns what the goal requires of the field that these steps lead to."""
    length = len(steps)
    groups = []
    for group in goal.groups:
        present = tuple(
            (path[length:], clause) for path, clause in group.present if path[:length] == steps
        )
        absent = tuple(path[length:] for path in group.absent if path[:length] == steps)
        if present or absent:
            groups.append(Group(present, absent))
    forbidden = tuple(
        (path[length:], clause) for path, clause in goal.forbidden if path[:length] == steps
    )
    return _without_absences(Goal(tuple(groups), forbidden))


def _groups(branch: Branch) -> Iterator[Group]:
    """Yields the branch with each clause satisfied either by a leaf or by absence."""
    options: list[list[tuple[Path, Clause | None]]] = []
    for path, clause in branch.items():
        conditions = _of_values(clause)
        present = [(path, conditions)] if conditions else []
        options.append([*present, *([(path, None)] if accepts_absence(clause) else [])])
    if prod(map(len, options)) > SPLITS_MAX:
        raise UndecidedError(f"more than {SPLITS_MAX} combinations of absent fields")
    for chosen in product(*options):
        yield Group(
            tuple((path, clause) for path, clause in chosen if clause is not None),
            tuple(path for path, clause in chosen if clause is None),
        )


def _of_values(clause: Clause) -> Clause:
    return tuple(condition for condition in clause if not isinstance(condition, Absent))


def _without_absences(goal: Goal) -> Goal:
    """Returns the goal with paths forbidden that must be absent in groups without a leaf."""
    absent = (path for group in goal.groups if not group.present for path in group.absent)
    groups = tuple(group for group in goal.groups if group.present)
    return Goal(groups, (*goal.forbidden, *((path, EXISTS) for path in absent)))
