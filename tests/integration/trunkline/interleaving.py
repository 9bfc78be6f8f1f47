"""Several processes of one service whose AWS calls follow each other as a seed says."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any


class Died(BaseException):
    """The process is gone; nothing of it catches this."""


class Actor:
    """A process that stops before and after each of its AWS calls until it is told to go on."""

    def __init__(self, body: Callable[["Actor"], None]) -> None:
        self.is_over = False
        self._body = body
        self._dies = False
        self._go = threading.Semaphore(0)
        self._stopped = threading.Semaphore(0)

    def run(self) -> None:
        """The whole of it, on a thread of its own."""
        self._go.acquire()
        try:
            with suppress(Died):
                self._body(self)
        finally:
            self.is_over = True
            self._stopped.release()

    def step(self, *, dies: bool) -> None:
        """Lets it go on to its next stop, or die where it stands."""
        self._dies = dies
        self._go.release()
        self._stopped.acquire()

    def stop(self) -> None:
        """Is called by the process: it waits."""
        self._stopped.release()
        self._go.acquire()
        if self._dies:
            raise Died


class Stepped:
    """A client of AWS whose calls are stops of an actor: one before it takes effect, one after."""

    def __init__(self, actor: Actor, client: Any) -> None:
        self._actor = actor
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The call of that name."""

        def call(**request: Any) -> Any:
            self._actor.stop()
            try:
                return getattr(self._client, name)(**request)
            finally:
                self._actor.stop()

        return call


def interleaved(actors: list[Actor], chance: random.Random, death: float) -> None:
    """Runs the actors to their ends, one step at a time, each step the death of its actor or not.

    Raises what a process failed with.
    """
    with ThreadPoolExecutor(len(actors)) as threads:
        runs = [threads.submit(actor.run) for actor in actors]
        while running := [actor for actor in actors if not actor.is_over]:
            chance.choice(running).step(dies=chance.random() < death)
    for run in runs:
        run.result()
