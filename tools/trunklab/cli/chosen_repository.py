"""Reads the repository, the contracts and the rule that options name."""

import argparse
from dataclasses import replace
from difflib import get_close_matches
from importlib.metadata import distributions
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.exported_contracts import Location, exported_contracts
from trunklab.errors import UsageError
from trunklab.printable import printable
from trunklab.templates.repository import topology
from trunklab.templates.topology import Rule, Topology, Unread

_CLASSES: Final = "trunkline-schemas"
"""The distribution of the contract classes."""

RULES_NAMED_MAX: Final = 5
"""Rules that a message lists."""


def parameters_in(words: list[str]) -> dict[str, str]:
    """Returns the parameters of the command line; raises UsageError."""
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise UsageError(f"--parameter {printable(name)!r}: write it as NAME=VALUE")
    return {name: value for name, _, value in pairs}


def read_templates(arguments: argparse.Namespace) -> Topology:
    """Returns what the templates of the chosen repository declare; raises UsageError."""
    return topology(arguments.root, arguments.stage, parameters_in(arguments.parameter))


def read_repository(arguments: argparse.Namespace) -> tuple[Topology, tuple[Contract, ...]]:
    """Returns the templates and the contracts; exported files that are invalid are unread parts.

    Handlers name classes of contracts, which exported files do not: they are not judged by these.
    """
    read = read_templates(arguments)
    if arguments.contracts is None:
        return read, contracts_in(arguments.root)
    exported = exported_contracts(arguments.root, arguments.contracts)
    unread = [Unread(one.path, one.line, one.problem) for one in exported.errors]
    consumers = [replace(one, handlers=(), declares=False) for one in read.consumers]
    without = replace(read, handlers=(), consumers=tuple(consumers))
    return replace(without, unread=(*read.unread, *unread)), exported.contracts


def fresh_location(arguments: argparse.Namespace) -> Location:
    """Returns the location of the contracts; raises StaleFilesError if classes differ from files.

    Where the classes are not installed, there are only files.
    """
    if arguments.contracts is None and _CLASSES in {one.name for one in distributions()}:
        from trunklab.contracts.export import check_fresh  # noqa: PLC0415 - an optional extra

        check_fresh(arguments.root)
    return Location.of(arguments.root, arguments.contracts)


def rule_named(name: str, read: Topology) -> Rule:
    """Returns a rule by its logical id, service/logical id or rule name; raises UsageError."""
    found = [rule for rule in read.rules if name in _names(rule)]
    if len(found) == 1:
        return found[0]
    known = sorted({_shown(rule) for rule in found or read.rules})
    if found:
        problem, listed = f"{len(found)} rules are named {printable(name)!r}", known
    else:
        problem = f"No rule is named {printable(name)!r}"
        names = {each: _shown(rule) for rule in read.rules for each in _names(rule)}
        close = get_close_matches(name, names, RULES_NAMED_MAX)
        listed = list(dict.fromkeys(names[each] for each in close)) or known
    if not listed:
        raise UsageError(f"{problem}: the templates have no rules. Name the repository by --root.")
    raise UsageError(f"{problem}: write one of {', '.join(listed[:RULES_NAMED_MAX])}.")


def _names(rule: Rule) -> set[str]:
    return {rule.logical_id, rule.name, rule.full_name, _shown(rule)}


def _shown(rule: Rule) -> str:
    return f"{rule.service}/{rule.logical_id}"
