"""Checks of rules, handlers and producers together."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.rules.known_contracts import Known
from trunklab.rules.rule_findings import finding
from trunklab.rules.rule_under_check import Findings, Subject
from trunklab.rules.verdict import both_match
from trunklab.schema_solver.errors import UndecidedError
from trunklab.templates.topology import Consumer, Handler, Producer, Rule, Topology

PAIRS_MAX: Final = 1_000
"""Pairs of rules of one function that are solved (our own limit, reached by 45 rules)."""

Subjects = Mapping[int, Subject]
"""The rules that could be read, by the identity of the rule."""


def check_consumers(
    read: Topology, subjects: Subjects, known: Known, wrong: Collection[int]
) -> Findings:
    """Yields findings about the functions that rules lead to.

    Rules with errors, `wrong`, do not make a handler unreachable.
    """
    functions: dict[str, list[Consumer]] = {}
    reached: dict[int, set[str]] = {}
    for consumer in read.consumers:
        functions.setdefault(consumer.full_name, []).append(consumer)
        target = consumer.queue or consumer.function.logical_id
        reached.setdefault(id(consumer.rule), set()).add(target)
    for rule in read.rules:
        yield from _targets(rule, reached.get(id(rule), set()))
    subscribed: set[Handler] = set()
    for of_function in functions.values():
        rules = dict.fromkeys(id(consumer.rule) for consumer in of_function)
        checked = [subjects[rule] for rule in rules if rule in subjects]
        subscribed.update(of_function[0].handlers)
        enabled = [subject for subject in checked if subject.rule.enabled]
        yield from _overlaps(enabled)
        yield from _majors(enabled)
        if of_function[0].declares:
            yield from _without_handler(checked, of_function[0].handlers)
            if all(rule in subjects and rule not in wrong for rule in rules):
                yield from _without_rule(of_function[0], checked)
    yield from _handlers(read.handlers, subscribed, known)


def _handlers(handlers: Iterable[Handler], subscribed: set[Handler], known: Known) -> Findings:
    """Yields handlers without a committed contract or a rule."""
    for handler in handlers:
        if handler.domain and handler.contract_path not in known.paths:
            what = f"{handler.name}: {handler.contract_path} is not committed"
            fix = "write it with `trunkline schemas export`"
            yield finding(handler.file, handler.line, "unknown-contract", what, fix)
        elif handler not in subscribed:
            what = f"{handler.name}: no rule of its template leads to its function"
            fix = "write its rule, or remove it"
            yield finding(handler.file, handler.line, "handler-without-rule", what, fix)


def _targets(rule: Rule, reached: Collection[str]) -> Findings:
    if not rule.targets:
        what = f"{rule.logical_id} has no target"
        yield finding(rule.template, rule.line, "unknown-target", what, "give it one")
    for target in rule.targets:
        if target.logical_id not in reached:
            shown = target.logical_id or target.expression or "its target"
            what = f"{rule.logical_id}: no function of its template reads {shown}"
            fix = "check it where that is read"
            yield finding(rule.template, target.line, "unknown-target", what, fix)


def _overlaps(subjects: Sequence[Subject]) -> Findings:
    """Yields pairs of rules that one event matches."""
    for solved, (one, other, shared) in enumerate(_pairs(subjects)):
        if solved == PAIRS_MAX:
            what = f"more than {PAIRS_MAX} pairs of its function's rules match one event's type"
            yield other.found("undecided", other.rule.line, what, "make fewer rules of them")
            return
        try:
            event = both_match(one.pattern, other.pattern, shared)
        except UndecidedError as error:
            what = f"it is not known whether {one.rule.logical_id} matches the same events: {error}"
            yield other.found("undecided", other.rule.line, what, "simplify both")
            continue
        if event is not None:
            text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
            what = f"{one.rule.logical_id} of the same function matches this event too: {text}"
            fix = "make one rule of both, or let them exclude each other"
            yield other.found("rules-overlap", other.rule.line, what, fix, *shared)


def _pairs(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Subject, list[Contract]]]:
    """Yields pairs of rules of one bus, with the contracts that both match."""
    for one, other in combinations(subjects, 2):
        names = {contract.name for contract in one.taken}
        shared = [contract for contract in other.taken if contract.name in names]
        if shared and one.rule.bus == other.rule.bus:
            yield one, other, shared


def _majors(subjects: Sequence[Subject]) -> Findings:
    """Yields events of which one function receives several majors."""
    first: dict[tuple[str, str], Contract] = {}
    taken = [(contract, subject) for subject in subjects for contract in subject.taken]
    taken.sort(key=lambda pair: pair[0].major)
    for contract, subject in taken:
        known = first.setdefault((contract.source, contract.event), contract)
        if known.major != contract.major:
            what = f"its function receives both {contract.name} and {known.name}, a duplicate"
            fix = "match one major; the producer publishes both until the sunset"
            line = subject.line_of(contract)
            yield subject.found("two-majors", line, what, fix, known)


def _without_handler(subjects: Sequence[Subject], handlers: Sequence[Handler]) -> Findings:
    """Yields events that a rule matches without a handler in its function."""
    paths = {handler.contract_path for handler in handlers}
    for subject in subjects:
        for contract in subject.taken:
            if contract.path not in paths:
                what = f"it matches {contract.name}, and its function has no handler for it"
                fix = "write `@app.on(…)` for it, or exclude it from the rule"
                line = subject.line_of(contract)
                yield subject.found("rule-without-handler", line, what, fix, contract)


def _without_rule(consumer: Consumer, subjects: Sequence[Subject]) -> Findings:
    """Yields handlers of events that no rule of their function matches."""
    paths = {contract.path for subject in subjects for contract in subject.contracts}
    committed = subjects[0].known.paths if subjects else set()
    for handler in consumer.handlers:
        if handler.contract_path in committed - paths:
            what = f"{handler.name}: no rule of {consumer.function.logical_id} matches its event"
            fix = "name the event in the rule, or remove the handler"
            yield finding(handler.file, handler.line, "handler-without-rule", what, fix)


def check_producers(found: Sequence[Producer], known: Known) -> Findings:
    """Yields permissions to put events of any source or of another service's source."""
    for producer in found:
        own, allowed = producer.sources, producer.allowed
        wanted = f"StringEquals: {{events:source: {own[0] if own else 'its source'}}}"
        ours = [
            source
            for source in known.by_source
            if any(fnmatchcase(source, pattern) for pattern in allowed or ())
        ]
        if allowed is None:
            what = "may publish as any source"
            fix = f"grant it in a statement with the condition {wanted}"
        elif producer.is_bus_policy and ours:
            what = f"lets others publish as {', '.join(ours)}"
            fix = "limit events:source to the sources of the others"
        elif own and not producer.is_bus_policy and set(allowed) != set(own):
            sources = ", ".join(source or "an unknown source" for source in allowed)
            what = f"may publish as {sources}, its source is {', '.join(own)}"
            fix = f"write {wanted}"
        else:
            continue
        what = f"{producer.policy} {what}"
        yield finding(producer.template, producer.line, "producer-source", what, fix)
