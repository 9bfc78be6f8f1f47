"""Functions as processes, with the environment that their template would give them."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_REPOSITORY: Final = Path(__file__).resolve().parents[3]
_WORKER: Final = Path(__file__).with_name("worker.py")
_ANSWER_S: Final = 60.0
"""Seconds until a function that does not answer is ended; none should come near."""


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
        python_path = os.pathsep.join([str(_REPOSITORY), str(_REPOSITORY / "shared")])
        self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and script
            [sys.executable, str(_WORKER), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": python_path, **environment},
            text=True,
        )

    def invoke(self, event: Any, seconds: float = 10.0) -> Result:
        """One invocation, to its end; raises EOFError when the process died in it."""
        self.begin(event, seconds)
        return self.finish()

    def begin(self, event: Any, seconds: float = 10.0) -> None:
        """Hands the event over once the function is ready, without waiting for what comes."""
        assert self.process.stdin
        assert self.process.stdout
        invocation = {"event": event, "request_id": "request-1", "seconds": seconds}
        self.process.stdin.write(json.dumps(invocation) + "\n")
        self.process.stdin.flush()

    def finish(self) -> Result:
        """Waits for the end of the invocation."""
        assert self.process.stdout
        logs = []
        guard = threading.Timer(_ANSWER_S, self.process.kill)
        guard.start()
        try:
            for line in self.process.stdout:
                if line.startswith("RESULT "):
                    return Result(json.loads(line.removeprefix("RESULT ")), logs)
                if line != "READY\n":
                    logs.append(json.loads(line))
        finally:
            guard.cancel()
        raise EOFError(f"the function died with status {self.process.wait()}")

    def wait_until_ready(self) -> None:
        """Waits until its code is imported."""
        assert self.process.stdout
        assert self.process.stdout.readline() == "READY\n"

    def stop(self) -> None:
        """Ends the process, if it did not end by itself."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
