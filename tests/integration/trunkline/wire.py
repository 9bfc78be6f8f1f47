"""What tests have the wire between a function and AWS do to its calls."""

import contextlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, Self

from trunklab.testing import wire
from trunklab.testing.wire import Call, Forward, Reply, Step, passed_on

__all__ = ["Call", "Forward", "Reply", "Step", "Wire", "passed_on"]


def lost(_call: Call, _forward: Forward) -> None:
    """The call never arrives."""


def answer_lost(_call: Call, forward: Forward) -> None:
    """AWS does it, and its answer never arrives."""
    forward()


def answered(body: Any, status: int = 200) -> Step:
    """This comes in place of AWS's answer."""
    return lambda _call, _forward: Reply(status, json.dumps(body).encode())


def refused(code: str, status: int = 400, **more: Any) -> Step:
    """AWS refuses."""
    return answered({"__type": f"com.amazonaws#{code}", "message": "refused", **more}, status)


def cancelled(*codes: str) -> Step:
    """A transaction is cancelled for these reasons, one for each of its actions."""
    reasons = [{"Code": code} for code in codes]
    return refused("TransactionCanceledException", CancellationReasons=reasons)


def nothing_processed(call: Call, _forward: Forward) -> Reply:
    """BatchWriteItem leaves everything to another call."""
    return Reply(200, json.dumps({"UnprocessedItems": call.body["RequestItems"]}).encode())


def entries_refused(*indexes: int, code: str = "InternalFailure") -> Step:
    """PutEvents passes the other entries on and refuses those; answers in the entries' order."""

    def refuse(call: Call, _forward: Forward) -> Reply:
        entries = [
            {"ErrorCode": code, "ErrorMessage": "no"}
            if index in indexes
            else {"EventId": f"id-{n}"}
            for index, n in enumerate(map(_number, call.body["Entries"]))
        ]
        answer = {"FailedEntryCount": len(indexes), "Entries": entries}
        return Reply(200, json.dumps(answer).encode())

    return refuse


def _number(entry: dict[str, str]) -> int:
    total: int = json.loads(entry["Detail"])["data"]["total"]
    return total


def death_of(pid: Callable[[], int]) -> Step:
    """The caller dies while it waits: nothing of it runs any more."""

    def kill(_call: Call, _forward: Forward) -> None:
        os.kill(pid(), signal.SIGKILL)

    return kill


class Wire(wire.Wire):
    """A wire that follows a script for each operation."""

    def __init__(self, far_end: str) -> None:
        super().__init__(far_end, self._follow_script)
        self._scripts: dict[str, list[Step]] = {}
        self._always: dict[str, Step] = {}
        self._let_go = threading.Event()
        self._lock = threading.Lock()

    def script(self, operation: str, *steps: Step) -> None:
        """Does this to the next calls of the operation, in order, and passes later ones on."""
        self._scripts[operation] = list(steps)

    def always(self, operation: str, step: Step) -> None:
        """Does this to all calls of the operation that no script speaks of."""
        self._always[operation] = step

    def hung(self, _call: Call, _forward: Forward) -> None:
        """Nobody answers, until the test is over."""
        self._let_go.wait()

    def seen(self, operation: str) -> list[dict[str, Any]]:
        """What the calls of the operation said."""
        return [call.body for call in self.calls if call.operation == operation]

    @contextlib.contextmanager
    def open(self) -> Iterator[Self]:
        """Serves; releases hung calls at the end."""
        with super().open():
            try:
                yield self
            finally:
                self._let_go.set()

    def _follow_script(self, call: Call, forward: Forward) -> Reply | None:
        with self._lock:
            script = self._scripts.get(call.operation)
            step = script.pop(0) if script else self._always.get(call.operation, passed_on)
        return step(call, forward)
