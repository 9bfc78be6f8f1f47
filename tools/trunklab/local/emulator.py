"""Starts and stops the rented emulator; no other file names it.

It leads a session of its own, without the user's environment, and answers on a Unix socket in the
run's private folder: no web page and no other user of the machine can reach it, only the front.
"""

import contextlib
import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from trunklab import effects
from trunklab.errors import EmulatorError, EnvironmentMissingError
from trunklab.local import environments
from trunklab.local.local_limits import EMULATOR_START_S, EMULATOR_STOP_S, LOG_TAIL_LINES

_DISTRIBUTION: Final = "ministack"
_APPLICATION: Final = "ministack.app:app"
_SERVER: Final = "hypercorn"
_HEALTH_PATH: Final = "/_ministack/health"
_WARM_UP: Final = "/?Action=ListStacks&Version=2010-05-15"
"""Makes the emulator import its CloudFormation, for half a second, while templates are read."""

_HERE: Final = Path(__file__).resolve().parent
_POLL_S: Final = 0.02
_STATUS_LINE_BYTES: Final = 12
"""`HTTP/1.1 200`."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    process: subprocess.Popen[bytes]
    socket_path: Path
    log_path: Path
    version: str

    @property
    def name(self) -> str:
        """Distribution and version."""
        return f"{_DISTRIBUTION} {self.version}"

    def has_died(self, within_s: float = 0.0) -> bool:
        """True if the process has ended, or ends within that time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(within_s)
        return self.process.returncode is not None


def launch(run_folder: Path, log_path: Path, public_port: int) -> Emulator:
    """Starts the process without waiting; it uses `public_port` in the addresses it generates."""
    home = environments.find("emulator")
    version = _version(home.packages)
    socket_path = run_folder / "emulator.sock"
    command = [
        *(str(home.python), "-s", "-P", str(_HERE / "emulator_process.py")),
        *(_SERVER, _APPLICATION, "--bind", f"unix:{socket_path}", "--workers", "0"),
        *("--keep-alive", "75", "--log-level", "WARNING"),
    ]
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            command,
            stdin=subprocess.PIPE,  # the lifeline: never written, closed when we end
            stdout=log,
            stderr=log,
            env=_clean_environment(run_folder, public_port),
            cwd=run_folder,
            start_new_session=True,
        )
    return Emulator(process, socket_path, log_path, version)


def wait_until_healthy(emulator: Emulator) -> None:
    """Waits until the emulator answers; raises EmulatorError with the end of its log otherwise."""
    deadline = effects.monotonic() + EMULATOR_START_S
    while not _answers(emulator.socket_path, _HEALTH_PATH):
        if emulator.has_died():
            raise _error(emulator, "ended while starting")
        if effects.monotonic() > deadline:
            raise _error(emulator, f"did not answer within {EMULATOR_START_S:.0f} s")
        effects.sleep(_POLL_S)


def warm_up(emulator: Emulator) -> None:
    """Makes the emulator import what the first deployment needs."""
    _answers(emulator.socket_path, _WARM_UP)


def died(emulator: Emulator) -> EmulatorError:
    """Returns the error for an emulator that ended while it was needed."""
    return _error(emulator, f"ended with status {emulator.process.returncode}")


def stop(emulator: Emulator) -> None:
    """Ends the emulator and all that it has started."""
    if not emulator.has_died():
        emulator.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            emulator.process.wait(EMULATOR_STOP_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # The group may outlive its leader; macOS answers EPERM for zombies.
        os.killpg(emulator.process.pid, signal.SIGKILL)
    emulator.process.wait()
    if emulator.process.stdin:
        emulator.process.stdin.close()


def _clean_environment(run_folder: Path, public_port: int) -> dict[str, str]:
    for name in ("home", "tmp"):
        (run_folder / name).mkdir()
    return {
        "PATH": os.defpath,
        "HOME": str(run_folder / "home"),
        "TMPDIR": str(run_folder / "tmp"),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(public_port),
        "IOT_MTLS_ENABLED": "0",  # would listen on 0.0.0.0
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{run_folder}/no-docker",  # a Docker that happens to run is not used
        "LOG_LEVEL": "WARNING",
    }


def _version(packages: Path) -> str:
    for distribution in distributions(name=_DISTRIBUTION, path=[str(packages)]):
        return distribution.version
    raise EnvironmentMissingError(packages / _DISTRIBUTION)


def _answers(socket_path: Path, path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(EMULATOR_START_S)
        try:
            connection.connect(str(socket_path))
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            return connection.recv(_STATUS_LINE_BYTES).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False


def _error(emulator: Emulator, problem: str) -> EmulatorError:
    lines = emulator.log_path.read_text("utf-8", errors="replace").splitlines()
    tail = "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:])
    return EmulatorError(f"the emulator {problem}; the end of its log {emulator.log_path}:\n{tail}")
