"""Starts and stops the rented emulator: the only file that knows which one it is.

It runs as the leader of a session of its own, with nothing of the user's environment, and
answers on a Unix socket in the run's private folder: only the front can reach it, so no web page
that a developer visits and no other user of the machine can.
"""

import contextlib
import http.client
import os
import shlex
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
"""Makes it import its CloudFormation, half a second's work, while we still read templates."""

_HERE: Final = Path(__file__).resolve().parent
_POLL_S: Final = 0.02


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    process: subprocess.Popen[bytes]
    socket_path: Path
    log_path: Path
    version: str

    @property
    def name(self) -> str:
        """What status reports call it."""
        return f"{_DISTRIBUTION} {self.version}"

    def has_died(self, within_s: float = 0.0) -> bool:
        """Tell whether it ended without being asked to; wait that long for it to."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(within_s)
        return self.process.returncode is not None

    def log_tail(self) -> str:
        """Return the last lines it has written."""
        lines = self.log_path.read_text("utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:])


def launch(
    run_folder: Path,
    log_path: Path,
    public_port: int,
    collector: str = "",
    access_key: str | None = None,
) -> Emulator:
    """Start the process without waiting; it writes `public_port` into the addresses it makes.

    `collector` is the address that takes the functions' trace segments, empty for none.
    `access_key` is what functions sign with, None if they may use any.
    """
    home = environments.find("emulator")
    version = _version(home.packages)
    functions = environments.find("lambda")
    socket_path = run_folder / "emulator.sock"
    command = [
        *(str(functions.python), "-s", "-P", str(_HERE / "child.py")),
        *(str(home.packages), str(_write_function_interpreter(run_folder, functions.python))),
        *(_SERVER, _APPLICATION, "--bind", f"unix:{socket_path}", "--workers", "0"),
        *("--keep-alive", "75", "--log-level", "WARNING"),
    ]
    for_functions = {
        **({"AWS_XRAY_DAEMON_ADDRESS": collector} if collector else {}),
        **({"TRUNKLINE_ACCESS_KEY": access_key} if access_key else {}),
    }
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            command,
            stdin=subprocess.PIPE,  # the lifeline of child.py: never written, closed when we end
            stdout=log,
            stderr=log,
            env=_clean_environment(run_folder, public_port) | for_functions,
            cwd=run_folder,
            start_new_session=True,
        )
    return Emulator(process, socket_path, log_path, version)


def wait_until_healthy(emulator: Emulator) -> None:
    """Wait until it answers; raise EmulatorError with its own last words if it does not."""
    deadline = effects.monotonic() + EMULATOR_START_S
    while not _answers(emulator.socket_path, _HEALTH_PATH):
        if emulator.has_died():
            raise EmulatorError(_report(emulator, "ended while starting"))
        if effects.monotonic() > deadline:
            raise EmulatorError(
                _report(emulator, f"did not answer within {EMULATOR_START_S:.0f} s")
            )
        effects.sleep(_POLL_S)


def warm_up(emulator: Emulator) -> None:
    """Have it load what the first deployment needs."""
    _answers(emulator.socket_path, _WARM_UP)


def died(emulator: Emulator) -> EmulatorError:
    """Return the error to raise for an emulator that ended while it was needed."""
    return EmulatorError(_report(emulator, f"ended with status {emulator.process.returncode}"))


def stop(emulator: Emulator) -> None:
    """End the emulator and every function it has started."""
    if not emulator.has_died():
        emulator.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            emulator.process.wait(EMULATOR_STOP_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # The group outlives its leader as long as a function runs; macOS answers EPERM for zombies.
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


def _write_function_interpreter(run_folder: Path, python: Path) -> Path:
    """Write the program that stands for the interpreter when the emulator starts a function."""
    words = [str(python), "-s", "-P", str(_HERE / "functions" / "function_start.py")]
    script = run_folder / "function-python"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    script.chmod(0o700)
    return script


def _version(packages: Path) -> str:
    found = next(iter(distributions(name=_DISTRIBUTION, path=[str(packages)])), None)
    if found is None:
        raise EnvironmentMissingError(packages / _DISTRIBUTION)
    return found.version


def _answers(socket_path: Path, path: str) -> bool:
    connection = _UnixConnection(socket_path)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, socket_path: Path) -> None:
        super().__init__("localhost", timeout=EMULATOR_START_S)
        self._socket_path = socket_path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._socket_path))


def _report(emulator: Emulator, what: str) -> str:
    return f"the emulator {what}; the end of its log {emulator.log_path}:\n{emulator.log_tail()}"
