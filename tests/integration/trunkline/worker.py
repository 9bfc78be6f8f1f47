"""One function in a process of its own: `python worker.py <name in things>`.

Takes an invocation from each line of standard input; answers on standard output, among its logs.
"""

import json
import sys
from typing import Any

from tests.integration.trunkline import things
from trunkline.effects import Effects

_effects = Effects.real()


class Context:
    """The part of Lambda's context that the runtime reads."""

    function_name = "things"

    def __init__(self, aws_request_id: str, seconds: float) -> None:
        self.aws_request_id = aws_request_id
        self._end_s = _effects.monotonic_s() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the invocation would be ended."""
        return int((self._end_s - _effects.monotonic_s()) * 1_000)


def answer(function: Any, invocation: dict[str, Any]) -> dict[str, Any]:
    """What Lambda would send back."""
    try:
        context = Context(invocation["request_id"], invocation["seconds"])
        return {"answer": function(invocation["event"], context)}
    except Exception as error:  # noqa: BLE001  # as Lambda does
        return {"error": type(error).__name__, "message": str(error)}


if __name__ == "__main__":
    taken = getattr(things, sys.argv[1])
    print("READY", flush=True)
    for line in sys.stdin:
        print("RESULT " + json.dumps(answer(taken, json.loads(line))), flush=True)
