"""`trunkline down` ends a process that is proved to be the platform, and no other."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from trunklab.cli import main
from trunklab.local import pid_file

NO_PLATFORM = "http://127.0.0.1:1"


class Liar(BaseHTTPRequestHandler):
    """Answers every status request with the pid of somebody else."""

    pid = 0

    def do_GET(self) -> None:
        """Answers."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"pid": self.pid, "ready": True}).encode())

    def log_message(self, *_words: object) -> None:
        """Says nothing."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the pid files, in the test's own."""
    monkeypatch.setattr(pid_file, "_FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that must survive."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process


@pytest.fixture
def port(bystander: subprocess.Popen[bytes]) -> Iterator[int]:
    """Where a program names the bystander as its process."""
    Liar.pid = bystander.pid
    with HTTPServer(("127.0.0.1", 0), Liar) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def survives(process: subprocess.Popen[bytes]) -> bool:
    """Lets the process end by itself; true if nobody has ended it before."""
    process.communicate(b"\n")
    return process.returncode == 0


def test_a_pid_that_an_answer_names_is_not_ended(
    port: int, bystander: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """Any program may listen at the port and say anything."""
    assert main(["down", "--endpoint", f"http://127.0.0.1:{port}"]) == 1

    assert survives(bystander)
    assert "was not started from this folder, or not by you" in capsys.readouterr().err


@pytest.mark.parametrize(
    "changed",
    [
        {"started": "00000000-0000-0000-0000-000000000000 1"},
        {"started": ""},
        {"started": None},
        {},
    ],
)
def test_a_later_process_of_the_same_pid_is_not_ended(
    folder: Path, port: int, bystander: subprocess.Popen[bytes], changed: dict[str, object]
) -> None:
    """The platform was killed, and its pid given to another program."""
    pid_file.write(port, None)
    path = folder / f"{port}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pid": bystander.pid} | changed))

    assert main(["down", "--endpoint", f"http://127.0.0.1:{port}"]) == 1

    assert survives(bystander)


def test_a_pid_file_that_others_can_write_is_not_believed(
    folder: Path, port: int, bystander: subprocess.Popen[bytes]
) -> None:
    """Otherwise they could choose whom the user ends."""
    fields = {"pid": bystander.pid, "started": pid_file.start_of(bystander.pid)}
    path = folder / f"{port}.json"
    path.write_text(json.dumps(fields | {"access_key": None}))
    path.chmod(0o666)

    assert main(["down", "--endpoint", f"http://127.0.0.1:{port}"]) == 1

    assert survives(bystander)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "127.0.0.1.example.com"])
def test_a_platform_of_another_machine_is_not_ended(
    host: str, bystander: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """A pid means nothing there."""
    assert main(["down", "--endpoint", f"http://{host}:4566"]) == 2

    assert survives(bystander)
    assert f"{host} is not this machine" in capsys.readouterr().err


def test_nothing_that_runs_is_said_to_be_so(capsys: pytest.CaptureFixture[str]) -> None:
    """A pid file that a killed platform left changes nothing."""
    pid_file.write(1, None)
    path = pid_file._path(1)  # noqa: SLF001 - the file itself is what the test is about
    path.write_text(json.dumps({"pid": os.getppid(), "started": "x", "access_key": None}))

    assert main(["down", "--endpoint", NO_PLATFORM]) == 2

    assert "no platform answers at http://127.0.0.1:1" in capsys.readouterr().err


def test_the_proved_process_is_ended(
    folder: Path, port: int, bystander: subprocess.Popen[bytes]
) -> None:
    """Here the bystander itself is the platform; the file says when it began."""
    fields = {"pid": bystander.pid, "started": pid_file.start_of(bystander.pid)}
    path = folder / f"{port}.json"
    path.touch(0o600)
    path.write_text(json.dumps(fields | {"access_key": None}))

    assert main(["down", "--endpoint", f"http://127.0.0.1:{port}"]) == 0

    assert not survives(bystander)
