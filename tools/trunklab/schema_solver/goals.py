"""What a value is wanted to be: what a pattern must find in it, and what it must not find.

A group is one branch of a pattern. Its `present` clauses each need a leaf, all in the same elements
of arrays; its `absent` paths must have no leaf beside those. What is forbidden must hold of no
leaf at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from trunklab.patterns.conditions import Absent, Condition, Exists
from trunklab.patterns.parse import Branch, Clause, Path, accepts_absence
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.solver_limits import SPLITS_MAX


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses that are to hold together, by path."""

    present: tuple[tuple[Path, Clause], ...] = ()
    absent: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """All of it at once; of one value there may be several groups (two rules that both match)."""

    groups: tuple[Group, ...] = ()
    forbidden: tuple[tuple[Path, Clause], ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether any valid value will do."""
        return not self.groups and not self.forbidden


def matching(branches: Sequence[Branch]) -> Iterator[Goal]:
    """Goals of which one is reached by a value exactly if it matches every one of the branches.

    Raises UndecidedError if the clauses that also take absence have too many readings.
    """
    readings = [list(_readings(branch)) for branch in branches]
    for chosen in product(*readings):
        yield _without_absences(Goal(chosen))


def failing(path: Path, clause: Clause) -> Goal:
    """The goal of a value in which the clause does not hold, whatever stands beside it."""
    conditions = _of_values(clause)
    forbidden = ((path, conditions),) if conditions else ()
    there = (Group(((path, (Exists(),)),)),) if accepts_absence(clause) else ()
    return Goal(there, forbidden)


def together(goals: Sequence[Goal]) -> Goal:
    """All the goals at once."""
    return Goal(
        tuple(dict.fromkeys(group for goal in goals for group in goal.groups)),
        tuple(dict.fromkeys(one for goal in goals for one in goal.forbidden)),
    )


def wanting(clauses: Mapping[Path, Clause], unwanted: Mapping[Path, Clause]) -> Iterator[Goal]:
    """Goals of a value that matches some clauses and fails each of others."""
    against = [failing(path, clause) for path, clause in unwanted.items()]
    for goal in matching([dict(clauses)] if clauses else []):
        yield together([goal, *against])


def _readings(branch: Branch) -> Iterator[Group]:
    """The branch with each clause either satisfied by a leaf or by absence."""
    options = []
    readings = 1
    for path, clause in branch.items():
        conditions = _of_values(clause)
        option: list[Clause | None] = [conditions] if conditions else []
        if accepts_absence(clause):
            option.append(None)
        readings *= len(option)
        if readings > SPLITS_MAX:
            raise UndecidedError(f"more than {SPLITS_MAX} ways in which fields may be absent")
        options.append([(path, one) for one in option])
    for chosen in product(*options):
        present = tuple((path, clause) for path, clause in chosen if clause is not None)
        yield Group(present, tuple(path for path, clause in chosen if clause is None))


def _of_values(clause: Clause) -> Clause:
    return tuple(condition for condition in clause if not isinstance(condition, Absent))


def _without_absences(goal: Goal) -> Goal:
    """A group without any leaf demands absence everywhere."""
    kept, forbidden = [], list(goal.forbidden)
    for group in goal.groups:
        if group.present:
            kept.append(group)
        else:
            forbidden += [(path, EXISTS) for path in group.absent]
    return Goal(tuple(kept), tuple(forbidden))


EXISTS: tuple[Condition, ...] = (Exists(),)


def below(goal: Goal, steps: Path) -> Goal:
    """What the goal demands of the field that these steps lead to."""
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
