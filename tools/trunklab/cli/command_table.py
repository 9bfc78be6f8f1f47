"""Commands of the command line; a command's module is imported only when it runs."""

from typing import Final

GROUPS: Final = {
    "rules": "EventBridge rules against the event contracts",
    "schemas": "event contracts and the files generated from them",
    "templates": "CloudFormation templates",
}

COMMANDS: Final = {
    "up": "start the local platform, deploy the stacks, serve",
    "down": "stop a local platform",
    "status": "show what runs at the endpoint",
    "schemas export": "write the files generated from the contracts",
    "schemas check": "compare the contracts with the published versions",
    "schemas impact": "list the consumers that a change breaks, each with an example event",
    "rules lint": "check every rule against the contracts",
    "rules test": "test whether a pattern matches an event",
    "rules explain": "explain a match or mismatch clause by clause",
    "rules coverage": "list the subscriptions of each event, and events without any",
    "templates check": "refuse template changes that would lose data",
    "story": "show what happened to an order, from logs and rules",
    "trace": "show an order's X-Ray trace as a waterfall",
    "prove": "kill every handler at every call and check the result",
    "demo": "send orders through a new local platform",
}
"""Summary by name; the module of `rules lint` is `rules_lint_command`."""


def module_of(command: str) -> str:
    """Returns the module that declares and runs a command."""
    return f"trunklab.cli.{command.replace(' ', '_')}_command"
