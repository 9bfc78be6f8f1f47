"""The tutorial, typed in a fresh clone: each of its commands, each of its files."""

import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from trunklab import settings

TUTORIAL: Final = (settings.REPOSITORY / "docs" / "tutorial.md").read_text("utf-8")
COMMAND_S_MAX: Final = 900.0
"""Seconds; a first set-up downloads all packages."""

STEP: Final = re.compile(
    r"```python\n# (?P<file>\S+)\n(?P<text>.*?)```|```console\n(?P<commands>.*?)```", re.DOTALL
)
READY: Final = "serving until Ctrl-C"

COMMANDS_MAX: Final = 3
"""Commands from a clone that is set up to the first event."""

FILES_MAX: Final = 2


def commands(step: re.Match[str]) -> list[str]:
    """Returns the commands of a block, without their prompt."""
    return [line.removeprefix("$ ") for line in (step["commands"] or "").splitlines()]


def test_the_first_event_needs_three_commands_and_two_files() -> None:
    """Set-up before, and checks afterwards, are the same for every change."""
    steps = list(STEP.finditer(TUTORIAL))
    typed = [command for step in steps for command in commands(step)]

    assert len([step for step in steps if step["file"]]) <= FILES_MAX
    assert len([command for command in typed if not command.startswith("make ")]) <= COMMANDS_MAX


@pytest.mark.long_run
def test_the_tutorial_leads_to_a_consumer_that_handled_an_event(tmp_path: Path) -> None:
    """Checks, tests and the proof are green afterwards."""
    clone = Clone(tmp_path)
    with clone.platforms():
        for step in STEP.finditer(TUTORIAL):
            if step["file"]:
                (clone.root / step["file"]).write_text(step["text"], "utf-8")
            for command in commands(step):
                clone.type(command)

    assert "1 handlers, " in clone.output
    assert "0 duplicates, 0 losses" in clone.output


class Clone:
    """A copy of the repository without its environments, and a shell in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.output = ""
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.check_output(listed, cwd=settings.REPOSITORY, text=True)  # noqa: S603 - constant words
        for name in filter(None, names.split("\0")):
            if (source := settings.REPOSITORY / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, root / name)
        for command in ("init -q -b main", "add --all", "commit -q -m first"):
            self.type(f"git -c user.name=a -c user.email=a@example.com {command}")
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._port = str(server.getsockname()[1])
        self._platforms: list[subprocess.Popen[str]] = []

    @property
    def _environment(self) -> dict[str, str]:
        inherited = settings.inherited_environment()
        own = ("PYTEST_", "TRUNKLINE_", "PYTHONPATH", "VIRTUAL_ENV", "MAKE", "MFLAGS", "CI")
        variables = {name: text for name, text in inherited.items() if not name.startswith(own)}
        return variables | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{getattr(self, '_port', 0)}"}

    def type(self, command: str) -> None:
        """Runs a command, which must succeed; a platform goes on running."""
        words = shlex.split(command)
        if words[1:2] == ["up"]:
            self._start([*words, "--port", self._port])
            return
        done = subprocess.run(  # noqa: S603 - commands of our tutorial
            words,
            cwd=self.root,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
        )
        self.output = done.stdout
        assert (command, done.returncode) == (command, 0), done.stdout

    def _start(self, words: list[str]) -> None:
        platform = subprocess.Popen(  # noqa: S603 - the same
            words,
            cwd=self.root,
            env=self._environment | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._platforms.append(platform)
        assert platform.stdout is not None
        lines = []
        for line in platform.stdout:
            lines.append(line)
            if READY in line:
                return
        raise AssertionError("".join(lines))

    @contextmanager
    def platforms(self) -> Iterator[None]:
        """Ends what was started."""
        try:
            yield
        finally:
            for platform in self._platforms:
                with platform:
                    platform.send_signal(signal.SIGINT)
