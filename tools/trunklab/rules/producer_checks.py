"""Checks that every right to publish is bound to the source of who has it."""

from collections.abc import Sequence

from trunklab.findings.finding import Finding
from trunklab.rules.rule_findings import BY_ID
from trunklab.rules.rule_under_check import Findings
from trunklab.templates.topology import Producer


def producers(found: Sequence[Producer]) -> Findings:
    """Rights to put events of any source, or of another one than the own."""
    for producer in found:
        own = producer.sources
        wanted = f"StringEquals: {{events:source: {own[0] if own else 'its source'}}}"
        if producer.allowed is None:
            what = f"{producer.policy} may publish as any source"
            yield _found(producer, what, f"add the condition {wanted}")
        elif own and set(producer.allowed) != set(own):
            allowed = ", ".join(one or "an unknown source" for one in producer.allowed)
            what = f"{producer.policy} may publish as {allowed}, its source is {', '.join(own)}"
            yield _found(producer, what, f"write {wanted}")


def _found(producer: Producer, what: str, fix: str) -> Finding:
    check = BY_ID["producer-source"]
    return Finding(producer.template, producer.line, check.id, what, fix, check.level)
