"""Runs a function in processes of its own: a fresh one for one event, or a warm one for many."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.errors import BenchmarkError
from benchmarks.sides import Side, environment, trace_header
from benchmarks.stub.process import Stub
from trunklab.local import environments

STARTER: Final = Path(__file__).with_name("function.py")
NO_FAILURES: Final[Mapping[str, Any]] = {"batchItemFailures": []}
END_S_MAX: Final = 60.0

_IMPORT: Final = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
_TAIL_CHARACTERS: Final = 3_000


@dataclass(frozen=True)
class Function:
    """One side, built; `package` is its folder, beside which its processes write what they say."""

    side: Side
    package: Path
    stub: Stub

    def cold(
        self, event: Mapping[str, Any], *, sampled: bool, options: Sequence[str] = ()
    ) -> float:
        """CPU seconds from the start of a fresh process to its answer to one event."""
        event_file, answer_file = self._beside("event"), self._beside("answer")
        event_file.write_text(json.dumps(event), encoding="utf-8")
        answer_file.unlink(missing_ok=True)
        command = self._command(STARTER, options)
        command += ["cold", self.side.handler, str(event_file), str(answer_file)]
        with self._beside("said").open("w", encoding="utf-8") as said:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
                command,
                cwd=self.package,
                env=self._environment(sampled=sampled),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not answer_file.exists():
            raise self.failure()
        require_success(self.side, json.loads(answer_file.read_text("utf-8")))
        return usage.ru_utime + usage.ru_stime

    def imports(self) -> dict[str, float]:
        """What the last process, run with `-X importtime`, says: ms of each module by itself."""
        lines = self._beside("said").read_text("utf-8").splitlines()
        matches = filter(None, map(_IMPORT.match, lines))
        return {match[2]: int(match[1]) / 1_000 for match in matches}

    @contextmanager
    def warm(
        self, *, sampled: bool, script: Path = STARTER, argument: str = "warm"
    ) -> Iterator["Warm"]:
        """A process that answers request after request."""
        with (
            self._beside("said").open("w", encoding="utf-8") as said,
            subprocess.Popen(  # noqa: S603 - our own interpreter and script
                [*self._command(script), argument],
                cwd=self.package,
                env=self._environment(sampled=sampled),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            ) as process,
        ):
            try:
                yield Warm(self, process, trace_header(sampled=sampled))
            finally:
                process.communicate(timeout=END_S_MAX)

    def failure(self) -> BenchmarkError:
        """What the last process said before it failed."""
        tail = self._beside("said").read_text("utf-8")[-_TAIL_CHARACTERS:]
        return BenchmarkError(f"the function of {self.side.name} failed:\n{tail}")

    def _command(self, script: Path, options: Sequence[str] = ()) -> list[str]:
        return [str(environments.find("lambda").python), "-s", "-P", *options, str(script)]

    def _environment(self, *, sampled: bool) -> dict[str, str]:
        given = environment(self.side, self.package, self.stub, sampled=sampled)
        return given | {"BENCH_LOG": str(self._beside("log"))}

    def _beside(self, what: str) -> Path:
        return self.package.with_name(f"{self.package.name}.{what}")


@dataclass(frozen=True)
class Warm:
    """A process that lives on between invocations."""

    function: Function
    process: subprocess.Popen[str]
    trace: str

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The process's answer to one request; raises BenchmarkError when it ends instead."""
        assert self.process.stdin is not None  # noqa: S101 - a pipe was asked for
        assert self.process.stdout is not None  # noqa: S101 - the same
        self.process.stdin.write(f"{json.dumps(request)}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise self.function.failure()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def batches(self, events: Sequence[Mapping[str, Any]]) -> float:
        """CPU seconds for batches of messages, each of which must be taken whole."""
        answer = self._invoked(self.function.side.handler, events)
        for one in answer["answers"]:
            require_success(self.function.side, one)
        return float(answer["cpu_s"])

    def sweep(self) -> float:
        """CPU seconds of one sweep; none where the side has no sweep."""
        sweep = self.function.side.sweep
        return float(self._invoked(sweep, [{}])["cpu_s"]) if sweep else 0.0

    def _invoked(self, handler: str, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return self.ask({"handler": handler, "events": events, "trace": self.trace})


def require_success(side: Side, answer: object) -> None:
    """Raise BenchmarkError when a message is left in the queue."""
    if answer != NO_FAILURES:
        raise BenchmarkError(f"the function of {side.name} left messages in the queue: {answer}")
