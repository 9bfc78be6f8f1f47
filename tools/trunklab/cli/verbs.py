"""Which verbs the command line has: one line a verb, imported only when it is called."""

from typing import Final, NamedTuple


class Verb(NamedTuple):
    """Where a verb lives and what it does, in a few words."""

    module: str
    summary: str


VERBS: Final = {
    "up": Verb("trunklab.cli.up", "start the local platform, deploy the stacks, serve"),
    "down": Verb("trunklab.cli.down", "stop a local platform"),
    "status": Verb("trunklab.cli.status", "say what runs at the endpoint"),
    "schemas export": Verb(
        "trunklab.cli.schemas_export", "write what is generated from the contracts"
    ),
    "story": Verb("trunklab.cli.story", "tell what happened to an order, from logs and rules"),
    "trace": Verb("trunklab.cli.trace", "draw an order's trace, from X-Ray: what ran, how long"),
    "prove": Verb("trunklab.cli.prove", "kill every handler at every call, count what went wrong"),
    "demo": Verb("trunklab.cli.demo", "send orders through a fresh local platform"),
}
