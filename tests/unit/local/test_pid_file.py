"""A pid file proves which process serves a port, or it proves nothing."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trunklab.local import pid_file
from trunklab.local.http import access_key
from trunklab.local.pid_file import PidFile

PORT = 4566
KEY = "5" * 32


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the files, in the test's own."""
    monkeypatch.setattr(pid_file, "_FOLDER", tmp_path / "platforms")
    return tmp_path / "platforms"


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this user that is no platform."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process


def forge(folder: Path, **changed: Any) -> Path:
    """Writes the file of this process with other fields."""
    pid_file.write(PORT, KEY)
    path = folder / f"{PORT}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    return path


def test_a_process_finds_itself_in_its_file(folder: Path) -> None:
    """Nobody else may read it: it holds the access key."""
    pid_file.write(PORT, KEY)

    held = pid_file.read(PORT)
    assert held is not None
    assert (held.pid, held.access_key, held.runs) == (os.getpid(), KEY, True)
    assert stat.S_IMODE((folder / f"{PORT}.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "changed",
    [
        {"pid": 2**22 + 1},
        {"pid": -1},
        {"pid": 1},
        {"started": ""},
        {"started": "00000000-0000-0000-0000-000000000000 1"},
    ],
)
def test_a_file_of_a_process_that_began_elsewhere_or_at_another_time_proves_nothing(
    folder: Path, changed: dict[str, Any]
) -> None:
    """The pid may be another's by now, and the folder another machine's."""
    forge(folder, **changed)

    held = pid_file.read(PORT)
    assert held is not None
    assert not held.runs


CONTENTS = (
    *("", "{", "[]", "7", "{}", '{"pid": "x", "started": 1}', "[" * 100_000),
    '{"pid": 1e400, "started": "", "access_key": null}',
)


@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_that_is_not_whole_counts_as_missing(folder: Path, content: str) -> None:
    """Whoever reads it says so."""
    forge(folder).write_text(content)

    assert pid_file.read(PORT) is None


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("elsewhere")],
    ids=["folder", "pipe", "link"],
)
def test_what_is_not_a_regular_file_counts_as_missing(
    folder: Path, make: Callable[[Path], None]
) -> None:
    """None of them holds up a command, as reading a pipe would."""
    path = forge(folder)
    path.rename(folder / "elsewhere")
    make(path)

    assert pid_file.read(PORT) is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o640, 0o604])
def test_a_file_that_others_can_open_counts_as_missing(folder: Path, mode: int) -> None:
    """They could have written the pid, or read the key."""
    forge(folder).chmod(mode)

    assert pid_file.read(PORT) is None


def test_a_process_that_has_ended_does_not_run(other: subprocess.Popen[bytes]) -> None:
    """Although it stays listed until its parent has asked how it ended."""
    started = pid_file.start_of(other.pid)
    assert started is not None
    held = PidFile(other.pid, started, None)
    assert held.runs

    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)

    assert not held.runs


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look at a process as another user")
def test_a_process_of_another_user_is_not_recognised(
    other: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even root ends its own platform only."""
    monkeypatch.setattr(os, "geteuid", lambda: 65_534)

    assert pid_file.start_of(other.pid) is None
    assert pid_file._start_by_ps(other.pid) is None  # noqa: SLF001 - what macOS uses


@pytest.mark.skipif(not Path("/bin/ps").exists(), reason="there is no ps")
def test_ps_recognises_a_process_where_there_is_no_proc(
    other: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its start; one that has ended is not found."""
    monkeypatch.setattr(pid_file, "_BOOT_ID", Path("/proc/none"))
    started = pid_file.start_of(other.pid)

    assert started is not None
    assert started == pid_file.start_of(other.pid)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert pid_file.start_of(other.pid) is None


def test_what_killed_platforms_left_is_removed_by_the_next(folder: Path) -> None:
    """Each start has a port of its own when any will do."""
    forge(folder, started="").rename(folder / "1.json")
    (folder / "2.json").touch()

    pid_file.write(PORT, None)

    assert [path.name for path in folder.iterdir()] == [f"{PORT}.json"]


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://example.com:4566", "http://127.0.0.1.example.com:4566", "http://[::1:4566"),
        *("http://127.0.0.1:4567", "http://127.0.0.1", "http://127.0.0.1:x", ""),
    ],
)
def test_the_access_key_is_for_its_own_endpoint_only(endpoint: str) -> None:
    """It must not reach another machine or program."""
    pid_file.write(PORT, KEY)

    assert access_key.of(f"http://127.0.0.1:{PORT}") == KEY
    assert access_key.of(endpoint) == "test"


AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/s3/aws4_request, Signature=x"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({"Authorization": ""}, {}),
        ({"Authorization": KEY}, {}),
        ({"Authorization": f"Bearer {KEY}"}, {}),
        ({"Authorization": AUTHORIZATION % "test"}, {}),
        ({"Authorization": AUTHORIZATION % KEY[1:]}, {}),
        ({"Authorization": AUTHORIZATION % f"{KEY}5"}, {}),
        ({"Authorization": AUTHORIZATION % "ä"}, {}),
        ({"Authorization": AUTHORIZATION % "test"}, {"X-Amz-Credential": f"{KEY}/x"}),
        ({}, {"X-Amz-Credential": "test/20260101"}),
        ({}, {"X-Amz-Credential": ""}),
        ({}, {"AWSAccessKeyId": "test", "Signature": KEY}),
        ({"X-Amz-Credential": f"{KEY}/x"}, {}),
    ],
)
def test_a_request_without_the_access_key_is_recognised(
    headers: dict[str, str], query: dict[str, str]
) -> None:
    """Wherever it may stand."""
    assert not access_key.is_given(headers, query, KEY)


def test_the_access_key_is_taken_from_a_signature_or_a_presigned_address() -> None:
    """As AWS clients send it."""
    assert access_key.is_given({"Authorization": AUTHORIZATION % KEY}, {}, KEY)
    assert access_key.is_given({}, {"X-Amz-Credential": f"{KEY}/20260101/us-east-1/s3"}, KEY)
    assert access_key.is_given({}, {"AWSAccessKeyId": KEY, "Signature": "x"}, KEY)
