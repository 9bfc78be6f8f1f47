"""Functions as processes: started in a moment, since one that has imported all is forked."""

import contextlib
import json
import multiprocessing
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.testing import worker
from trunklab.testing.worker import Code

_INVOCATION_S: Final = 60.0
"""Seconds an invocation may take where nobody says: enough on a machine that is busy."""

_ANSWER_S: Final = 60.0
"""Seconds until a function that does not answer is given up; none should come near."""

PROCESSES: Final = multiprocessing.get_context("forkserver")
"""The process that functions are forked from; what it imports before, no function has to."""
PROCESSES.set_forkserver_preload([worker.__name__])

_starting: Final = threading.Lock()


@dataclass(frozen=True)
class Result:
    """What one invocation left: `{"answer": …}` or `{"error": …, "message": …}`, and its logs."""

    answer: dict[str, Any]
    logs: list[dict[str, Any]]

    @property
    def failures(self) -> list[str]:
        """The ids of the messages that are to be delivered again."""
        return [item["itemIdentifier"] for item in self.answer["answer"]["batchItemFailures"]]

    @property
    def error(self) -> str:
        """What ended the function, with its message; empty where it answered."""
        if "error" not in self.answer:
            return ""
        return f"{self.answer['error']}: {self.answer['message']}"

    def lines(self, message: str) -> list[dict[str, Any]]:
        """The log lines with that message."""
        return [line for line in self.logs if line.get("message") == message]


class Function:
    """A running function."""

    def __init__(self, code: Code, environment: Mapping[str, str]) -> None:
        self._line, self._process = _start(worker.serve, code, environment)

    @property
    def pid(self) -> int:
        """The id of its process."""
        return int(self._process.pid)

    @property
    def is_done(self) -> bool:
        """Whether the invocation has ended, or the process with it."""
        return bool(self._line.poll(0))

    def invoke(self, event: Any, seconds: float = _INVOCATION_S) -> Result:
        """One invocation, to its end; raises EOFError when the process died in it."""
        self.begin(event, seconds)
        return self.finish()

    def begin(self, event: Any, seconds: float = _INVOCATION_S) -> None:
        """Hands the event over without waiting for what comes of it."""
        self._line.send((event, seconds))

    def finish(self, within_s: float = _ANSWER_S) -> Result:
        """Waits for the end of the invocation; raises EOFError when the process died in it.

        Raises TimeoutError if it does not end in that time.
        """
        if not self._line.poll(within_s):
            raise TimeoutError(f"the function did not answer in {within_s:.0f} s")
        try:
            answer, printed = self._line.recv()
        except ConnectionError as error:
            raise EOFError from error
        return Result(answer, [line for text in printed if (line := _log_line(text))])

    def stop(self) -> None:
        """Ends the process, if it did not end by itself."""
        _stop(self._line, self._process)


def described(code: Code, environment: Mapping[str, str]) -> dict[str, Any]:
    """What a function is, see `worker.describe`."""
    line, process = _start(worker.describe, code, environment)
    try:
        if not line.poll(_ANSWER_S):
            return {"kind": "missing", "problem": f"its import did not end in {_ANSWER_S:.0f} s"}
        answer: dict[str, Any] = line.recv()
    except (EOFError, ConnectionError):
        return {"kind": "missing", "problem": "its process ended while it was imported"}
    finally:
        _stop(line, process)
    return answer


def _start(
    target: Callable[..., None], code: Code, environment: Mapping[str, str]
) -> tuple[Any, Any]:
    with _starting:  # multiprocessing's own books are not kept for several threads
        line, far_end = PROCESSES.Pipe()
        process = PROCESSES.Process(
            target=target, args=(code, dict(environment), far_end), daemon=True
        )
        process.start()
        far_end.close()  # the function alone holds it: its death is the end of the line
    return line, process


def _stop(line: Any, process: Any) -> None:
    with _starting, contextlib.closing(line):
        process.kill()
        process.join()
        process.close()


def _log_line(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        return {"message": text}
    return line if isinstance(line, dict) else {"message": text}
