"""Which verbs the command line has: one line a verb, imported only when it is called."""

from typing import Final, NamedTuple


class Verb(NamedTuple):
    """Where a verb lives and what it does, in a few words."""

    module: str
    summary: str


VERBS: Final = {
    "up": Verb("trunklab.cli.up_command", "start the local platform, deploy the stacks, serve"),
    "down": Verb("trunklab.cli.down_command", "stop a local platform"),
    "status": Verb("trunklab.cli.status_command", "say what runs at the endpoint"),
    "schemas export": Verb(
        "trunklab.cli.schemas_export_command", "write what is generated from the contracts"
    ),
    "schemas check": Verb(
        "trunklab.cli.schemas_check_command", "compare the contracts with what was promised before"
    ),
    "schemas impact": Verb(
        "trunklab.cli.schemas_impact_command",
        "say which consumers a change breaks, and with which event",
    ),
    "rules lint": Verb("trunklab.cli.rules_lint_command", "check every rule against the contracts"),
    "rules test": Verb("trunklab.cli.rules_test_command", "say whether a pattern takes an event"),
    "rules explain": Verb(
        "trunklab.cli.rules_explain_command", "say clause by clause why, and what would"
    ),
    "rules coverage": Verb(
        "trunklab.cli.rules_coverage_command", "say who hears which event, and what nobody hears"
    ),
    "templates check": Verb(
        "trunklab.cli.templates_check_command", "refuse changes of templates that would lose data"
    ),
    "story": Verb(
        "trunklab.cli.story_command", "tell what happened to one id, from logs and rules"
    ),
    "trace": Verb(
        "trunklab.cli.trace_command", "draw the trace of one id, from X-Ray: what ran, how long"
    ),
    "prove": Verb(
        "trunklab.cli.prove_command", "kill every handler at every call, count what went wrong"
    ),
}
