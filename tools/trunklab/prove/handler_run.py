"""One run of a handler: deliveries in processes of their own, repeated until they succeed."""

import contextlib
import hashlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from trunklab import effects
from trunklab.errors import TrunklabError
from trunklab.prove.crash_points import DEATHS, FIRST, PAUSES, Point, Scene, Strike, When
from trunklab.prove.handler_discovery import OUTSIDE
from trunklab.testing import function_process
from trunklab.testing.function_process import Result
from trunklab.testing.lambda_events import Poller
from trunklab.testing.sandbox import Message, Sandbox
from trunklab.testing.template_stack import Function
from trunklab.testing.wire import Call, Reply, Wire

INVOCATION_S: Final = 60.0
"""Seconds for an invocation that is not struck: enough on a busy machine."""

ENDS_S: Final = 300.0
"""Seconds without any progress after which a run cannot be judged."""

_POLL_S: Final = 0.002


class RunError(TrunklabError):
    """A run did not end, so it cannot be judged; this is not a fault of its handler."""


class Provider:
    """A provider outside AWS that records its effects: one for each idempotency key, or request."""

    def __init__(self, *, keeps_keys: bool = True) -> None:
        self.effects: list[dict[str, Any]] = []
        self._keeps_keys = keeps_keys
        self._requests = 0
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, call: Call) -> Reply:
        """Returns the same response for the same key."""
        key = call.headers.get("idempotency-key", "")
        with self._lock:
            self._requests += 1
            if not (key and self._keeps_keys and key in self._keys):
                self.effects.append({"request": call.operation, "key": key, "body": call.body})
            self._keys.add(key)
            name = key or str(self._requests)
        identifier = hashlib.sha256(name.encode()).hexdigest()[:12]
        return Reply(HTTPStatus.OK, json.dumps({"id": identifier}).encode())


@dataclass
class Invocation:
    """One invocation of a function, in its own process and on its own wire."""

    run: "HandlerRun"
    process: function_process.Function
    wire: Wire
    strike: Strike
    ends_s: float
    """When the invocation must have ended, on the monotonic clock."""
    ahead: When | None
    """The strike that may affect the process."""
    has_died: bool = False

    @property
    def postponed(self) -> set[str]:
        """The receipts of the messages whose visibility timeout the function changed itself."""
        return {
            str(call.body.get("ReceiptHandle"))
            for call in self.wire.passed
            if call.operation == "ChangeMessageVisibility"
        }

    def is_held(self) -> bool:
        """Waits until the process is held or done; raises RunError if neither happens."""
        may_hold = self.ahead is When.HELD
        end_s = effects.monotonic() + ENDS_S
        while may_hold and not self.strike.reached.is_set():
            if self.process.is_done:
                return False
            if effects.monotonic() > end_s:
                raise RunError(f"an invocation neither ended nor made its call in {ENDS_S:.0f} s")
            effects.sleep(_POLL_S)
        if may_hold:
            self.expect_leases()
        return may_hold

    def result(self) -> Result | None:
        """Releases the process and waits for its end; None if it died."""
        self.strike.release()
        try:
            result = self.process.finish(ENDS_S)
        except EOFError:
            self.has_died = True
            return None
        if result.error:
            self.run.failures.append(result.error)
        return result

    def expect_leases(self) -> None:
        """Makes later retries wait until the leases of this invocation have ended."""
        if self.ahead or self.has_died:
            self.run.leases_end_s = max(self.run.leases_end_s, self.ends_s)


@dataclass
class HandlerRun:
    """A run of a handler: what it is given, and what happened in it."""

    sandbox: Sandbox
    struck_s: float
    """Seconds for an invocation that is killed or held: duplicates wait until its leases end."""
    variables: Mapping[str, str]
    folders: Callable[[Function], Sequence[str]] = lambda _function: ()
    provider: Provider = field(default_factory=Provider)
    responses: list[Any] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refused: int = 0
    """Deliveries that failed and are repeated."""
    meanwhile: Callable[[], object] | None = None
    """The change that others make once the first delivery has ended or is held."""
    leases_end_s: float = 0.0
    """When the leases of struck invocations end, on the monotonic clock."""
    _changing: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def invoked(
        self, function: Function, event: Any, strike: Strike | None = None
    ) -> Iterator[Invocation]:
        """Invokes the function in a new process, which is stopped at the end."""
        pids: list[int] = []
        strike = strike or Strike()
        scene = Scene(lambda: os.kill(pids[0], signal.SIGKILL), self.let_others_continue)
        take = partial(strike.take, scene)
        with Wire(self.sandbox.clients.endpoint, take, self.provider).open() as wire:
            variables = {
                name: value.replace(OUTSIDE, wire.endpoint)
                for name, value in self.variables.items()
            }
            process = function_process.start(
                function, self.sandbox, wire.endpoint, variables, self.folders(function)
            )
            pids.append(process.pid)
            ahead = strike.ahead
            seconds = self.seconds(function, ahead)
            ends_s = effects.monotonic() + seconds
            try:
                process.begin(event, seconds)
                yield Invocation(self, process, wire, strike, ends_s, ahead)
            finally:
                strike.release()
                process.stop()
                self.calls += [call.operation for call in wire.calls]

    def seconds(self, function: Function, ahead: When | None) -> float:
        """Returns how long an invocation may take; only the leases of a struck one matter."""
        if function.is_scheduled:
            # A sweep starts nothing that it could not finish within its template's timeout.
            return function.timeout_s
        if ahead is None:
            return INVOCATION_S
        if ahead in DEATHS | PAUSES:
            return self.struck_s
        return max(self.struck_s, function.timeout_s)

    def let_others_continue(self) -> None:
        """Runs `meanwhile`, once in a run; returns when it is done."""
        with self._changing:
            others, self.meanwhile = self.meanwhile, None
            if others:
                others()

    def wait_for_leases(self) -> None:
        """Waits until the struck invocations would have ended by themselves."""
        effects.sleep(max(0.0, self.leases_end_s - effects.monotonic()))


_ATTEMPTS_MAX: Final = 5
"""Attempts of a client, or of Lambda with an asynchronous event."""


@dataclass(frozen=True)
class FromQueue:
    """Messages that a queue delivers until each is handled or dead-lettered."""

    function: Function
    bodies: Sequence[Any]

    def play(self, run: HandlerRun, point: Point | None) -> bool:
        """Delivers them until none is left; returns True if the point was reached."""
        strike = Strike(point)
        poller = Poller(run.sandbox, self.function)
        poller.send(self.bodies)
        self._deliver(run, poller, poller.receive_all(len(self.bodies), ENDS_S), strike)
        self._drain(run, poller, strike)
        return point is None or strike.reached.is_set()

    def _drain(self, run: HandlerRun, poller: Poller, strike: Strike) -> None:
        end_s = effects.monotonic() + ENDS_S
        while not poller.is_empty:
            received = poller.receive()
            if received:
                self._deliver(run, poller, received, strike)
                end_s = effects.monotonic() + ENDS_S
            elif effects.monotonic() > end_s:
                raise RunError(f"a message did not come back in {ENDS_S:.0f} s")

    def _deliver(
        self, run: HandlerRun, poller: Poller, received: Sequence[Message], strike: Strike
    ) -> None:
        """Makes one invocation; while it is held, the same messages are delivered again."""
        with run.invoked(self.function, poller.batch(received), strike) as invocation:
            held = invocation.is_held()
            if held:
                run.let_others_continue()
                poller.settle(received, received, invocation.postponed)
                self._drain(run, poller, Strike())
            result = invocation.result()
            if strike.lose_response():
                poller.settle(received, received, invocation.postponed)
            elif not held:
                _settle(poller, invocation, result, received)
                invocation.expect_leases()
            run.let_others_continue()


def _settle(
    poller: Poller, invocation: Invocation, result: Result | None, received: Sequence[Message]
) -> None:
    """Deletes the messages that succeeded and makes the others visible again."""
    failures = received if result is None else result.failed_of(received)
    poller.settle(message for message in received if message not in failures)
    if result and failures:
        invocation.run.refused += 1
        invocation.run.wait_for_leases()
    poller.settle(failures, failures, invocation.postponed)


@dataclass(frozen=True)
class Repeated:
    """One event that its sender sends until the function succeeds."""

    function: Function
    event: Callable[[int], Any]
    """The event of the first, second, … attempt."""
    is_http: bool = False

    def play(self, run: HandlerRun, point: Point | None) -> bool:
        """Sends it until it succeeds; returns True if the point was reached."""
        strike = Strike(point)
        self._until_success(run, 1, strike)
        return point is None or strike.reached.is_set()

    def _until_success(self, run: HandlerRun, first: int, strike: Strike) -> bool:
        attempts = range(first, _ATTEMPTS_MAX + 1)
        return any(self._attempt(run, attempt, strike) for attempt in attempts)

    def _attempt(self, run: HandlerRun, number: int, strike: Strike) -> bool:
        """Makes one invocation; while it is held, the next attempts are made."""
        other_succeeded = False
        with run.invoked(self.function, self.event(number), strike) as invocation:
            if invocation.is_held():
                other_succeeded = self._until_success(run, number + 1, Strike())
            result = invocation.result()
        if strike.lose_response():
            return False
        succeeded = self._succeeded(run, result)
        if result is not None and not succeeded:
            run.refused += 1
            run.wait_for_leases()
        invocation.expect_leases()
        return succeeded or other_succeeded

    def _succeeded(self, run: HandlerRun, result: Result | None) -> bool:
        if result is None or result.error:
            return False
        response = result.answer["answer"]
        if self.is_http and _is_server_error(response):
            return False
        if self.is_http:
            run.responses.append(response)
        return True


def killed_before_publishing(run: HandlerRun, function: Function, event: Any) -> None:
    """Kills a function before it publishes, so that its events stay in the outbox."""
    strike = Strike(Point(FIRST, "PutEvents", When.BEFORE))
    with run.invoked(function, event, strike) as invocation:
        invocation.result()


def _is_server_error(response: Any) -> bool:
    status = response.get("statusCode", 0) if isinstance(response, dict) else 0
    return int(status) >= HTTPStatus.INTERNAL_SERVER_ERROR
