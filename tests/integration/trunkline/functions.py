"""Functions as processes: started in a moment, since one that has imported all is forked."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.integration.trunkline import worker

PROCESSES: Final = multiprocessing.get_context("forkserver")

_INVOCATION_S: Final = 60.0
"""Seconds an invocation may take where a test does not say: enough on a machine that is busy."""

_ANSWER_S: Final = 60.0
"""Seconds until a function that does not answer is given up; none should come near."""


@dataclass(frozen=True)
class Result:
    """What one invocation left."""

    answer: dict[str, Any]
    logs: list[dict[str, Any]]

    @property
    def failures(self) -> list[str]:
        """The ids of the messages that are to be delivered again."""
        return [item["itemIdentifier"] for item in self.answer["answer"]["batchItemFailures"]]

    def lines(self, message: str) -> list[dict[str, Any]]:
        """The log lines with that message."""
        return [line for line in self.logs if line["message"] == message]


class Function:
    """A running function."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self._line, far_end = PROCESSES.Pipe()
        self._process = PROCESSES.Process(target=worker.serve, args=(name, environment, far_end))
        self._process.start()
        far_end.close()  # the function alone holds it: its death is the end of the line

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process.pid
        return self._process.pid

    def invoke(self, event: Any, seconds: float = _INVOCATION_S) -> Result:
        """One invocation, to its end; raises EOFError when the process died in it."""
        self.begin(event, seconds)
        return self.finish()

    def begin(self, event: Any, seconds: float = _INVOCATION_S) -> None:
        """Hands the event over without waiting for what comes of it."""
        self._line.send((event, seconds))

    def finish(self) -> Result:
        """Waits for the end of the invocation."""
        if not self._line.poll(_ANSWER_S):
            raise TimeoutError("the function did not answer")
        return Result(*self._line.recv())

    def stop(self) -> None:
        """Ends the process, if it did not end by itself."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._line.close()


Start = Callable[..., Function]
"""Starts a function by its name in `things`; keywords change its environment."""
