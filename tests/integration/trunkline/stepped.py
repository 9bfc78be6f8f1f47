"""A worker that goes on when a test says so, and stops before and after everything it does."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from tests.integration.trunkline.callers import CHARGE, World
from trunkline.aws import AwsClient, AwsUnreachableError
from trunkline.calls import CallId

_STEP_S: Final = 30.0
"""Seconds until a step that does not end is given up; none should come near."""

_STEPS: Final = {"put_item": "claim", "update_item": "note", "delete_item": "release"}


class DiedError(BaseException):
    """The process is gone: whatever it would still do has no effect."""


class Stepped:
    """One delivery of an event whose handler makes one call.

    It stops at "before claim", "after claim", "before call", "after call" and so on with "note"
    and "release", and at last at "end". The call charges, and fails where `raises`.
    """

    def __init__(
        self, world: World, call: Callable[[str], Any], call_id: CallId = CHARGE, **parts: Any
    ) -> None:
        self.at = "start"
        self.raises = False
        self._loses = False
        self._dead = False
        self._call = call
        self._call_id = call_id
        watched = _Watched(self, world.dynamodb)
        self._worker = world.worker(client=lambda: watched, **parts)
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)
        thread = ThreadPoolExecutor(1)
        self._outcome = thread.submit(self._run)
        thread.shutdown(wait=False)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, by itself or not."""
        return self.at == "end"

    @property
    def is_in_time(self) -> bool:
        """Whether Lambda would let it run."""
        return self._worker.world.now <= self._worker.ends

    @property
    def is_calling(self) -> bool:
        """Whether its call is about to begin or under way, with the lease still its own."""
        return self.at in {"before call", "after call"} and self.is_in_time

    def step(self) -> str:
        """Lets it go on to its next stop; answers which one that is."""
        if not self.is_over:
            self._go.release()
            if not self._stopped.acquire(timeout=_STEP_S):
                raise TimeoutError(f"it does not go on from {self.at!r}")
        return self.at

    def until(self, at: str) -> "Stepped":
        """Lets it go on to that stop."""
        while self.step() != at:
            assert not self.is_over, f"it ended before {at!r}: {self._outcome.exception()!r}"
        return self

    def finish(self) -> Any:
        """Lets it go on to its end; answers or raises what it did."""
        while not self.is_over:
            self.step()
        return self._outcome.result()

    def die(self) -> None:
        """Its process ends where it stands."""
        self._dead = True
        while not self.is_over:
            self.step()

    def lose(self) -> str:
        """Goes on, and DynamoDB does not hear it, or is not heard if it has stopped after that."""
        self._loses = self.at.partition(" ")[2] in _STEPS.values()
        return self.step()

    def act(self, name: str, effect: Callable[[], Any]) -> Any:
        """Does something, with a stop before and after it."""
        self._stop(f"before {name}")
        if self._lost():
            raise AwsUnreachableError(name, "ConnectionRefusedError")
        try:
            return effect()
        finally:
            self._stop(f"after {name}")
            if self._lost():
                raise AwsUnreachableError(name, "ConnectionResetError")

    def _lost(self) -> bool:
        loses, self._loses = self._loses, False
        return loses

    def _stop(self, at: str) -> None:
        if self._dead:
            raise DiedError
        self.at = at
        self._stopped.release()
        self._go.acquire()
        if self._dead:
            raise DiedError

    def _run(self) -> Any:
        self._go.acquire()
        try:
            if self._dead:
                raise DiedError
            return self._worker.once(self._charge, self._call_id)
        finally:
            self.at = "end"
            self._stopped.release()

    def _charge(self, key: str) -> Any:
        self._stop("before call")
        answer = self._call(key)
        self._stop("after call")
        if self.raises:
            raise ZeroDivisionError
        return answer


class _Watched:
    """A DynamoDB client whose calls are acts of that worker."""

    def __init__(self, worker: Stepped, dynamodb: AwsClient) -> None:
        self._worker = worker
        self._dynamodb = dynamodb

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        effect = getattr(self._dynamodb, operation)
        return lambda **parameters: self._worker.act(
            _STEPS[operation], lambda: effect(**parameters)
        )
