"""Lifecycle of contracts: overlap of majors, sunset and removal."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding, Level
from trunklab.templates.python_file import tree_of

_WORD: Final = re.compile(r"\w+")


def removals(root: Path, removed: Sequence[Contract], today: date) -> Iterator[Finding]:
    """Yields a finding for each removed contract; an error before its sunset."""
    for contract in removed:
        if contract.sunset is None:
            said = "was removed without a sunset; breaking for consumers"
            yield _finding("removed-undeprecated", contract, 1, said)
        elif today <= contract.sunset:
            said = f"was removed before its sunset {contract.sunset}; breaking for consumers"
            yield _finding("removed-before-sunset", contract, 1, said)
        else:
            yield _finding("contract-removed", contract, 1, "was removed", Level.NOTE)
    if removed:
        yield from _still_named(root, removed)


def _still_named(root: Path, removed: Sequence[Contract]) -> Iterator[Finding]:
    # Reading every template takes longer than the rest of the check.
    from trunklab.contracts.compatibility.rule_references import rules_naming, rules_of  # noqa: PLC0415 - see above

    rules = rules_of(root)
    for contract in removed:
        for rule in rules_naming(rules, contract):
            line = rule.line_of(("detail-type",))
            said = f"was removed, and {rule.template}:{line} ({rule.logical_id}) still names it"
            yield _finding("removed-while-named", contract, 1, said)


def ends(root: Path, contracts: Sequence[Contract], today: date) -> Iterator[Finding]:
    """Yields the findings about sunsets and about majors that overlap."""
    majors: defaultdict[tuple[str, str], list[Contract]] = defaultdict(list)
    for contract in contracts:
        majors[contract.source, contract.event].append(contract)
        if contract.sunset is not None and contract.sunset < today:
            line = contract.line("/x-sunset")
            said = f"it still exists after its sunset {contract.sunset}"
            yield _finding("sunset-passed", contract, line, said, Level.WARNING)
    for of_event in majors.values():
        if len(of_event) > 1:
            yield from _overlap(root, sorted(of_event, key=lambda one: one.major), today)


def _overlap(root: Path, majors: Sequence[Contract], today: date) -> Iterator[Finding]:
    *older, newest = majors
    for contract in older:
        if contract.sunset is None:
            line = contract.line("/x-detail-type")
            said = f"{newest.detail_type} exists too, and this major has no sunset"
            yield _finding("overlap-undeclared", contract, line, said)
    due = [one for one in older if one.sunset is None or today <= one.sunset]
    for missing, made, place in _one_sided(root, [*due, newest]) if due else ():
        said = f"the service creates {made.detail_type} here, but never {missing.detail_type}"
        name = "overlap-one-sided"
        what = f"{missing.name}: {said}"
        fix = IDS[name].fix
        yield Finding(place.path, place.line, name, what, fix, owner=missing.signed)


def _finding(
    name: str, contract: Contract, line: int, said: str, level: Level = Level.ERROR
) -> Finding:
    what = f"{contract.name}: {said}"
    return Finding(contract.path, line, name, what, IDS[name].fix, level, contract.signed)


@dataclass(frozen=True)
class _Made:
    """A place in a producer's code that creates an event."""

    path: PurePosixPath
    line: int


def _one_sided(
    root: Path, majors: Sequence[Contract]
) -> Iterator[tuple[Contract, Contract, _Made]]:
    """Yields each major that the code does not create, with one that it creates, and where.

    The code creates an event by calling its class, and names it in its return types. Yields
    nothing if no major is found: the code may create them in an unknown way.
    """
    places = _places(root, majors[0].source)
    made = [one for one in majors if _class_name(one) in places]
    if made:
        for contract in majors:
            if contract not in made:
                yield contract, made[-1], places[_class_name(made[-1])]


def _class_name(contract: Contract) -> str:
    """Returns the name of the contract's class: `OrderPlaced`, `OrderPlacedV2`."""
    return contract.event if contract.major == 1 else f"{contract.event}V{contract.major}"


def _places(root: Path, source: str) -> dict[str, _Made]:
    """Returns the first place of each class, in the service that the source names."""
    places: dict[str, _Made] = {}
    folder = root / "services" / source.rpartition(".")[2] / "src"
    for file in sorted(folder.rglob("*.py")):
        path = PurePosixPath(file.relative_to(root).as_posix())
        for node in ast.walk(tree_of(file, path)):
            for name in _made(node):
                places.setdefault(name, _Made(path, getattr(node, "lineno", 1)))
    return places


def _made(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _names(node.func)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        for part in ast.walk(node.returns):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield from _WORD.findall(part.value)
            elif isinstance(part, ast.Name | ast.Attribute):
                yield from _names(part)


def _names(function: ast.expr) -> Iterator[str]:
    """Yields the parts of a dotted name: `orders.OrderPlaced.from_data` has three."""
    while isinstance(function, ast.Attribute):
        yield function.attr
        function = function.value
    if isinstance(function, ast.Name):
        yield function.id
