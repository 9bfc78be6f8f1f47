"""Starts the stub in a process of its own, and asks it what came in."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final

from trunklab import settings

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "payments": ("pk", "sk"),
    "idempotency": ("id",),
}
"""The tables there are, with the attributes of their keys."""


@dataclass(frozen=True)
class Seen:
    """What came in: calls by operation, units, items by table, entries of PutEvents, messages."""

    calls: Mapping[str, int]
    units: Mapping[str, int]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    events: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]
    traces: Mapping[str, int]


@dataclass(frozen=True)
class Stub:
    """A running stub: the port of its HTTP endpoint, and the one that takes traces."""

    http: int
    udp: int

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL is set to."""
        return f"http://127.0.0.1:{self.http}"

    @property
    def daemon(self) -> str:
        """What AWS_XRAY_DAEMON_ADDRESS is set to."""
        return f"127.0.0.1:{self.udp}"

    def seen(self) -> Seen:
        """What came in since the last reset."""
        return Seen(**self._ask("GET", ""))

    def reset(self, items: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Forget everything, and have these items by table."""
        self._ask("POST", json.dumps(items))

    def _ask(self, method: str, body: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self.http, timeout=60)
        try:
            connection.request(method, "/stub", body)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def running() -> Iterator[Stub]:
    """A stub for the time of the block."""
    command = [sys.executable, "-m", "benchmarks.stub.server", json.dumps(KEYS)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command,
        cwd=settings.REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            yield Stub(**json.loads(process.stdout.readline()))
        finally:
            process.communicate(timeout=60)
