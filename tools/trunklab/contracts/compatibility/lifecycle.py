"""Lifecycle of contracts: overlap of majors, sunset and removal."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding, Level
from trunklab.patterns.conditions import AnyCase, Text
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import admits, prepared
from trunklab.templates.declared_handlers import tree_of
from trunklab.templates.repository import topology
from trunklab.templates.template_discovery import found_templates
from trunklab.templates.topology import Rule

_WORD: Final = re.compile(r"\w+")
_NAMING: Final = (Text, AnyCase)
"""Conditions for one detail-type; a prefix or a wildcard may match other events too."""


def removals(root: Path, removed: Sequence[Contract], today: date) -> Iterator[Finding]:
    """Yields a finding for each removed contract; an error before its sunset."""
    for contract in removed:
        if contract.sunset is None:
            what = "was removed without a sunset; breaking for consumers"
            yield _finding("removed-undeprecated", contract, 1, what)
        elif today <= contract.sunset:
            what = f"was removed before its sunset {contract.sunset}; breaking for consumers"
            yield _finding("removed-before-sunset", contract, 1, what)
        else:
            yield _finding("contract-removed", contract, 1, "was removed", Level.NOTE)
    # Reading every template takes longer than the rest of the check.
    rules = _rules_of(root) if removed else ()
    for contract in removed:
        for rule in rules_naming(rules, contract):
            line = rule.line_of(("detail-type",))
            what = f"was removed, and {rule.template}:{line} ({rule.logical_id}) still names it"
            yield _finding("removed-while-named", contract, 1, what)


def _rules_of(root: Path) -> tuple[Rule, ...]:
    if not found_templates(root):
        return ()
    return tuple(rule for rule in topology(root).whole().rules if rule.receives_contracts)


def rules_naming(rules: Iterable[Rule], contract: Contract) -> Iterator[Rule]:
    """Yields the rules with a condition for the contract's detail-type.

    A rule for every event of a source does not name a contract.
    """
    for rule in rules:
        pattern = pattern_of(rule)
        if any(
            isinstance(condition, _NAMING) and condition.passes(contract.detail_type)
            for branch in (pattern.branches if pattern else ())
            if admits(branch, prepared(contract))
            for condition in branch.get(("detail-type",), ())
        ):
            yield rule


def pattern_of(rule: Rule) -> Pattern | None:
    """Returns the rule's pattern; None if it is invalid or depends on the deployment."""
    try:
        return None if rule.text is None else Pattern.parse(rule.text)
    except InvalidPatternError:
        return None  # `rules lint` reports it; an invalid pattern matches no known event


def ends(root: Path, contracts: Sequence[Contract], today: date) -> Iterator[Finding]:
    """Yields the findings about sunsets and about majors that overlap."""
    majors: defaultdict[tuple[str, str], list[Contract]] = defaultdict(list)
    for contract in contracts:
        majors[contract.source, contract.event].append(contract)
        if contract.sunset is not None and contract.sunset < today:
            line = contract.line("/x-sunset")
            what = f"it still exists after its sunset {contract.sunset}"
            yield _finding("sunset-passed", contract, line, what, Level.WARNING)
    for of_event in majors.values():
        yield from _overlap(root, sorted(of_event, key=lambda contract: contract.major), today)


def _overlap(root: Path, majors: Sequence[Contract], today: date) -> Iterator[Finding]:
    *older, newest = majors
    for contract in older:
        if contract.sunset is None:
            line = contract.line("/x-detail-type")
            what = f"{newest.detail_type} exists too, and this major has no sunset"
            yield _finding("overlap-undeclared", contract, line, what)
    due = [one for one in older if one.sunset is None or today <= one.sunset]
    if not due:
        return
    places = _places(root, newest.source)
    created = [one for one in (*due, newest) if _class_name(one) in places]
    # The code may create events in an unknown way: then no major is found.
    for missing in (*due, newest) if created else ():
        if missing not in created:
            path, line = places[_class_name(created[-1])]
            what = (
                f"{missing.name}: the service creates {created[-1].detail_type} here, "
                f"but never {missing.detail_type}"
            )
            name = "overlap-one-sided"
            yield Finding(path, line, name, what, IDS[name].fix, owner=missing.signed)


def _finding(
    name: str, contract: Contract, line: int, what: str, level: Level = Level.ERROR
) -> Finding:
    what = f"{contract.name}: {what}"
    return Finding(contract.path, line, name, what, IDS[name].fix, level, contract.signed)


def _class_name(contract: Contract) -> str:
    """Returns the name of the contract's class: `ParcelSent`, `ParcelSentV2`."""
    return contract.event if contract.major == 1 else f"{contract.event}V{contract.major}"


def _places(root: Path, source: str) -> dict[str, tuple[PurePosixPath, int]]:
    """Returns the first file and line of each class in the service that the source names.

    The code creates an event by calling its class, and names it in its return types.
    """
    places: dict[str, tuple[PurePosixPath, int]] = {}
    folder = root / "services" / source.rpartition(".")[2] / "src"
    for file in sorted(folder.rglob("*.py")):
        path = PurePosixPath(file.relative_to(root).as_posix())
        for node in ast.walk(tree_of(file, path)):
            for name in _created(node):
                places.setdefault(name, (path, getattr(node, "lineno", 1)))
    return places


def _created(node: ast.AST) -> Iterator[str]:
    """Yields the names in a call or a return type: `parcels.ParcelSent.from_data` has three."""
    if isinstance(node, ast.Call):
        function = node.func
        while isinstance(function, ast.Attribute):
            yield function.attr
            function = function.value
        if isinstance(function, ast.Name):
            yield function.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        yield from _WORD.findall(ast.unparse(node.returns))
