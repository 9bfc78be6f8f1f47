"""One run: a sandbox, a provider outside, and functions that are started, struck and repeated."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trunklab import effects
from trunklab.errors import TrunklabError
from trunklab.prove.point import DEADLY, Scene, Strike
from trunklab.prove.proof import OUTSIDE
from trunklab.prove.prover_limits import ENDS_S, INVOCATION_S, POLL_S
from trunklab.prove.provider import Outside
from trunklab.testing import function_launch, process
from trunklab.testing.process import Result
from trunklab.testing.sandbox import Sandbox
from trunklab.testing.template_stack import Function
from trunklab.testing.wire import Call, Forward, Reply, Wire

_POSTPONING: Final = "ChangeMessageVisibility"


class RunError(TrunklabError):
    """A run did not come to an end that can be judged; this says nothing about its handler."""


@dataclass
class Started:
    """A function in its own process, on its own wire."""

    process: process.Function
    wire: Wire
    ends_s: float = 0.0
    """When its invocation would have to end, on the monotonic clock."""
    may_be_struck: bool = False

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
        """Wait until it is held, or until it ends before; raises RunError if it does neither."""
        end_s = effects.monotonic() + ENDS_S
        while not strike.reached.is_set():
            if self.process.is_done:
                return False
            if effects.monotonic() > end_s:
                raise RunError(f"an invocation neither ended nor made its call in {ENDS_S:.0f} s")
            effects.sleep(POLL_S)
        return True

    def outcome(self) -> Result | None:
        """Wait for the end of the invocation; None if the process died."""
        try:
            return self.process.finish(ENDS_S)
        except EOFError:
            return None


@dataclass
class Arena:
    """What a run takes place in.

    `seconds` is how long an invocation may take that a strike ends or holds: a duplicate waits for
    the end of its leases. Nobody waits for the end of any other invocation.
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
    _leases_end_s: float = 0.0
    _changing: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def started(self, function: Function, strike: Strike | None = None) -> Iterator[Started]:
        """A process of the function; at the end nothing of it is left."""
        pids: list[int] = []
        strike = strike or Strike.at(None)
        scene = Scene(lambda: os.kill(pids[0], signal.SIGKILL), self.let_others_go_on)

        def take(call: Call, forward: Forward) -> Reply | None:
            return strike.take(scene, call, forward)

        wire = Wire(self.sandbox.clients.endpoint, take, self.outside)
        with wire.open():
            variables = {
                name: value.replace(OUTSIDE, wire.endpoint)
                for name, value in self.variables.items()
            }
            made = process.Function(
                function_launch.code_of(function, *self.folders(function)),
                function_launch.environment(function, self.sandbox, wire.endpoint, variables),
            )
            pids.append(made.pid)
            started = Started(made, wire)
            try:
                yield started
            finally:
                strike.release()
                made.stop()
                self.calls += started.calls

    def begin(
        self, started: Started, function: Function, event: Any, strike: Strike | None = None
    ) -> None:
        """Hand the event over to a process that the strike may affect."""
        started.may_be_struck = strike is not None and strike.is_ahead
        seconds = self._seconds(function, strike)
        started.ends_s = effects.monotonic() + seconds
        started.process.begin(event, seconds)

    def _seconds(self, function: Function, strike: Strike | None) -> float:
        """Returns how long an invocation may take; only the leases of a struck one matter."""
        if function.is_scheduled:
            # A sweep begins nothing that it could not finish in less than its template gives it.
            return function.timeout_s
        if strike is None or not strike.is_ahead:
            return INVOCATION_S
        if strike.when in DEADLY:
            return self.seconds
        return max(self.seconds, function.timeout_s)

    def note(self, started: Started, outcome: Result | None) -> None:
        """Remember how a delivery ended; None: it died or is held, and may hold a lease."""
        if outcome is None:
            self._leases_end_s = max(self._leases_end_s, started.ends_s)
        elif outcome.error:
            self.failures.append(outcome.error)

    def expect_leases(self, started: Started) -> None:
        """A delivery that fails from now on comes back when what this one left must have ended."""
        if started.may_be_struck:
            self._leases_end_s = max(self._leases_end_s, started.ends_s)

    def let_others_go_on(self) -> None:
        """Others do meanwhile what they do, once in a run; returns when they have done it."""
        with self._changing:
            others, self.meanwhile = self.meanwhile, None
            if others:
                others()

    def wait_for_leases(self) -> None:
        """Wait until the invocations that were struck would have ended by themselves."""
        left_s = self._leases_end_s - effects.monotonic()
        if left_s > 0:
            effects.sleep(left_s)
