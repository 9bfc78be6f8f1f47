"""Where in its template a rule asks for what."""

from trunklab.patterns.conditions import Condition
from trunklab.patterns.parse import Clause, Path, tree_of_text
from trunklab.rules.pattern_clauses import leaves
from trunklab.templates.topology import Rule


def line_of_clause(
    rule: Rule, path: Path, clause: Clause, condition: Condition | None = None
) -> int:
    """The line of a clause, or of one entry of it; of the pattern if it is not found."""
    for leaf in leaves(tree_of_text(rule.text or "{}")):
        if leaf.path == path and leaf.clause == clause:
            entry = (leaf.conditions.index(condition),) if condition in leaf.conditions else ()
            return rule.line_of((*leaf.steps, *entry))
    return rule.pattern_line


def line_of_name(rule: Rule, detail_type: str) -> int:
    """The line on which the rule names a detail-type."""
    for leaf in leaves(tree_of_text(rule.text or "{}")):
        if leaf.path == ("detail-type",):
            for index, condition in enumerate(leaf.conditions):
                if condition.passes(detail_type):
                    return rule.line_of((*leaf.steps, index))
    return rule.pattern_line
