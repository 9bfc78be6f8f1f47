"""One run: a sandbox, a provider outside, and functions that are started, struck and repeated."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trunklab import effects
from trunklab.errors import TrunklabError
from trunklab.prove.limits import HELD_S, POLL_S
from trunklab.prove.outside import Outside
from trunklab.prove.point import Strike
from trunklab.prove.proof import OUTSIDE
from trunklab.testing import launch, process
from trunklab.testing.process import Result
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.stack import Function
from trunklab.testing.wire import Call, Forward, Reply, Wire

_POSTPONING: Final = "ChangeMessageVisibility"


class RunError(TrunklabError):
    """A run came to no end that could be judged."""


@dataclass(frozen=True)
class Started:
    """A function in its own process, on its own wire."""

    process: process.Function
    wire: Wire
    begun_s: float

    @property
    def calls(self) -> list[str]:
        """The operations that it has called so far."""
        return [call.operation for call in self.wire.calls]

    @property
    def postponed(self) -> set[str]:
        """The receipts of the messages whose visibility the function changed itself."""
        return {
            str(call.body.get("ReceiptHandle"))
            for call in self.wire.passed
            if call.operation == _POSTPONING
        }

    def waits_at_the_wire(self, strike: Strike) -> bool:
        """Wait until it is held, or until it ends before."""
        end_s = effects.monotonic() + HELD_S
        while not strike.reached.is_set():
            if self.process.is_done or effects.monotonic() > end_s:
                return False
            effects.sleep(POLL_S)
        return True

    def outcome(self) -> Result | None:
        """Wait for the end of the invocation; None if the process died."""
        try:
            return self.process.finish()
        except EOFError:
            return None


@dataclass
class Arena:
    """What a run takes place in.

    `seconds` is how long each invocation may take.
    """

    sandbox: Sandbox
    seconds: float
    variables: Mapping[str, str]
    """In place of the template's."""
    folders: Callable[[Function], Sequence[str]] = lambda _function: ()
    """Where a function is imported from besides its own folder."""
    outside: Outside = field(default_factory=Outside)
    answers: list[Any] = field(default_factory=list)
    """What clients were answered."""
    failures: list[str] = field(default_factory=list)
    """What went wrong in deliveries, in words."""
    calls: list[str] = field(default_factory=list)
    """The operations of all deliveries."""
    refused: int = 0
    """Deliveries that ended with a failure: what they brought comes again."""
    meanwhile: Callable[[], object] | None = None
    """What others do once the first delivery has ended or is held."""
    longest_s: float = 0.0
    """Seconds that the slowest delivery took, of those that came to their end."""
    _leases_end_s: float = 0.0

    @contextlib.contextmanager
    def started(self, function: Function, strike: Strike | None = None) -> Iterator[Started]:
        """A process of the function; at the end nothing of it is left."""
        pids: list[int] = []
        strike = strike or Strike.at(None)

        def take(call: Call, forward: Forward) -> Reply | None:
            return strike.take(lambda: os.kill(pids[0], signal.SIGKILL), call, forward)

        wire = Wire(self.sandbox.clients.endpoint, take, self.outside)
        with wire.open():
            variables = {
                name: value.replace(OUTSIDE, wire.endpoint)
                for name, value in self.variables.items()
            }
            made = process.Function(
                launch.code_of(function, *self.folders(function)),
                launch.environment(function, self.sandbox, wire.endpoint, variables),
            )
            pids.append(made.pid)
            started = Started(made, wire, effects.monotonic())
            try:
                yield started
            finally:
                strike.release()
                made.stop()
                self.calls += started.calls

    def begin(self, started: Started, function: Function, event: Any) -> None:
        """Hand the event over.

        A sweep gets the time that its template gives it: nobody waits for its end, and it begins
        nothing that it could not finish in less.
        """
        seconds = function.timeout_s if function.is_scheduled else self.seconds
        started.process.begin(event, seconds)

    def note(self, started: Started, outcome: Result | None) -> None:
        """Remember how a delivery ended; None: it died or is held, and may hold a lease."""
        now_s = effects.monotonic()
        if outcome is not None:
            self.longest_s = max(self.longest_s, now_s - started.begun_s)
        else:
            self._leases_end_s = max(self._leases_end_s, started.begun_s + self.seconds)
        if outcome is not None and outcome.error:
            self.failures.append(outcome.error)

    def let_others_go_on(self) -> None:
        """Others do meanwhile what they do, once in a run."""
        others, self.meanwhile = self.meanwhile, None
        if others:
            others()

    def wait_for_leases(self) -> None:
        """Wait until the invocations that died or are held would have ended by themselves."""
        left_s = self._leases_end_s - effects.monotonic()
        if left_s > 0:
            effects.sleep(left_s)
