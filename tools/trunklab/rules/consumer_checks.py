"""Checks of rules, handlers and producers together."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding
from trunklab.rules.known_contracts import Known
from trunklab.rules.rule_findings import BY_ID
from trunklab.rules.rule_under_check import Findings, Subject, found
from trunklab.rules.verdict import both_match
from trunklab.schema_solver.errors import UndecidedError
from trunklab.templates.topology import Consumer, Handler, Producer, Rule, Topology

PAIRS_MAX: Final = 1_000
"""Pairs of rules of one function that are solved: ours; 45 rules of one event have them."""

Subjects = Mapping[int, Subject]
"""The rules that could be read, by the identity of the rule."""


def consumers(read: Topology, subjects: Subjects, known: Known, wrong: Collection[int]) -> Findings:
    """Everything about the functions that rules lead to.

    What a rule that is `wrong` already does not take is no handler's fault.
    """
    reached: dict[int, list[Consumer]] = {}
    for consumer in read.consumers:
        reached.setdefault(id(consumer.rule), []).append(consumer)
    for rule in read.rules:
        yield from _targets(rule, reached.get(id(rule), []))
    heard: set[Handler] = set()
    for of_function in _by_function(read).values():
        rules = {id(one.rule): one.rule for one in of_function}
        checked = [subjects[one] for one in rules if one in subjects]
        heard.update(of_function[0].handlers)
        enabled = [one for one in checked if one.rule.enabled]
        yield from _overlaps(enabled)
        yield from _majors(enabled)
        if of_function[0].declares:
            yield from _handled(checked, of_function[0].handlers)
            if all(one in subjects and one not in wrong for one in rules):
                yield from _unheard(of_function[0], checked)
    yield from _orphans(set(read.handlers) - heard, read, known)


def _orphans(unheard: Collection[Handler], read: Topology, known: Known) -> Findings:
    """Handlers that no rule leads to, and those of contracts that nobody committed."""
    for handler in read.handlers:
        path = handler.contract_path.as_posix()
        if handler.domain and path not in known.by_path:
            what = f"{handler.name}: {path} is not committed"
            fix = "write it with `trunkline schemas export`"
            yield _of_handler(handler, "unknown-contract", what, fix)
        elif handler in unheard:
            what = f"{handler.name}: no rule of its template leads to its function"
            fix = "write its rule, or remove it"
            yield _of_handler(handler, "handler-without-rule", what, fix)


def _by_function(read: Topology) -> dict[str, list[Consumer]]:
    grouped: dict[str, list[Consumer]] = {}
    for consumer in read.consumers:
        grouped.setdefault(consumer.full_name, []).append(consumer)
    return grouped


def _targets(rule: Rule, leads_to: Sequence[Consumer]) -> Findings:
    ids = {one.queue or one.function.logical_id for one in leads_to}
    if not rule.targets:
        yield found(
            rule, "unknown-target", rule.line, f"{rule.logical_id} has no target", "give it one"
        )
    for target in rule.targets:
        if target.logical_id not in ids:
            shown = target.logical_id or target.expression or "its target"
            what = f"{rule.logical_id}: no function of its template reads {shown}"
            fix = "check it where that is read"
            yield found(rule, "unknown-target", target.line, what, fix)


def _overlaps(subjects: Sequence[Subject]) -> Findings:
    """Pairs of rules that one event matches."""
    for solved, (one, other, shared) in enumerate(_neighbours(subjects)):
        if solved == PAIRS_MAX:
            what = f"more than {PAIRS_MAX} pairs of its function's rules take one event's type"
            yield other.found("undecided", other.rule.line, what, "make fewer rules of them")
            return
        try:
            event = both_match(one.pattern, other.pattern, shared)
        except UndecidedError as error:
            what = f"whether {one.rule.logical_id} takes the same events: {error}"
            yield other.found("undecided", other.rule.line, what, "say both more simply")
            continue
        if event is not None:
            text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
            what = f"{one.rule.logical_id} of the same function takes this event too: {text}"
            fix = "make one rule of both, or let them exclude each other"
            yield other.found("rules-overlap", other.rule.line, what, fix, *shared)


def _neighbours(
    subjects: Sequence[Subject],
) -> Iterator[tuple[Subject, Subject, list[Contract]]]:
    """Pairs of rules of one bus that take the same contracts, and which."""
    for one, other in combinations(subjects, 2):
        if one.rule.bus != other.rule.bus:
            continue
        names = {contract.name for contract in one.taken}
        shared = [contract for contract in other.taken if contract.name in names]
        if shared:
            yield one, other, shared


def _majors(subjects: Sequence[Subject]) -> Findings:
    """Events of which one function hears several majors."""
    first: dict[tuple[str, str], Contract] = {}
    taken = [(contract, subject) for subject in subjects for contract in subject.taken]
    taken.sort(key=lambda pair: pair[0].major)
    for contract, subject in taken:
        known = first.setdefault((contract.source, contract.event), contract)
        if known.major != contract.major:
            what = f"its function hears {contract.name} and {known.name}: what happens comes twice"
            fix = "take one major; the producer publishes both until the sunset"
            line = subject.line_of(contract)
            yield subject.found("two-majors", line, what, fix, known)


def _handled(subjects: Sequence[Subject], handlers: Sequence[Handler]) -> Findings:
    """Events that a rule takes and no handler of its function is for."""
    paths = {handler.contract_path for handler in handlers}
    for subject in subjects:
        for contract in subject.taken:
            if contract.path not in paths:
                what = f"it takes {contract.name}, and its function has no handler for it"
                fix = "write `@app.on(…)` for it, or let the rule leave it out"
                line = subject.line_of(contract)
                yield subject.found("rule-without-handler", line, what, fix, contract)


def _unheard(consumer: Consumer, subjects: Sequence[Subject]) -> Findings:
    """Handlers of events that no rule of their function takes."""
    paths = {contract.path for subject in subjects for contract in subject.contracts}
    committed = {contract.path for contract in subjects[0].known.contracts} if subjects else set()
    for handler in consumer.handlers:
        if handler.contract_path in committed - paths:
            what = f"{handler.name}: no rule of {consumer.function.logical_id} takes its event"
            fix = "name the event in the rule, or remove the handler"
            yield _of_handler(handler, "handler-without-rule", what, fix)


def _of_handler(handler: Handler, check: str, what: str, fix: str) -> Finding:
    return Finding(handler.file, handler.line, check, what, fix, BY_ID[check].level)


def producers(found: Sequence[Producer], known: Known) -> Findings:
    """Rights to put events of any source, or of another source than the service's own."""
    for producer in found:
        own = producer.sources
        wanted = f"StringEquals: {{events:source: {own[0] if own else 'its source'}}}"
        allowed = producer.allowed
        if allowed is None:
            what = f"{producer.policy} may publish as any source"
            yield _of_producer(
                producer, what, f"grant it in a statement with the condition {wanted}"
            )
        elif producer.is_bus_policy:
            yield from _of_bus_policy(producer, allowed, known)
        elif own and set(allowed) != set(own):
            sources = ", ".join(source or "an unknown source" for source in allowed)
            what = f"{producer.policy} may publish as {sources}, its source is {', '.join(own)}"
            yield _of_producer(producer, what, f"write {wanted}")


def _of_bus_policy(producer: Producer, allowed: Sequence[str], known: Known) -> Findings:
    """Other accounts may publish, but not as a source of the contracts."""
    ours = [name for name in known.by_source if any(fnmatchcase(name, one) for one in allowed)]
    if ours:
        what = f"{producer.policy} lets others publish as {', '.join(ours)}"
        yield _of_producer(producer, what, "limit events:source to the sources of the others")


def _of_producer(producer: Producer, what: str, fix: str) -> Finding:
    check = BY_ID["producer-source"]
    return Finding(producer.template, producer.line, check.id, what, fix, check.level)
