"""A service and an event that are added as the guide says leave every check and test green."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests import settings as test_settings
from trunklab import settings
from trunklab.dev import check_stages

GUIDE: Final = (settings.REPOSITORY / "docs" / "add-a-service.md").read_text("utf-8")
COMMAND_S_MAX: Final = 1_200.0
"""Seconds; all unit tests of the copy take some minutes on two busy cores."""

SLOW_STAGES: Final = ("types", "templates")
"""mypy without its cache and SAM CLI take a minute."""

TESTS: Final = (
    *("services", "tests/unit/service_templates"),
    *("tools/shop/tests/impact", "tests/unit/test_reference_names.py"),
)
"""Those that look at services and contracts of the repository."""

EVERY_TEST: Final = (
    *("services", "tests/unit", "tests/contract"),
    *("tools/shop/tests", "--ignore=tools/shop/tests/e2e"),
)

_COMMANDS: Final = re.compile(r"```console\n(?P<commands>.*?)```", re.DOTALL)


class Checkout:
    """A copy of this repository, run by this repository's environments."""

    def __init__(self, root: Path) -> None:
        self.root = root
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.check_output(listed, cwd=settings.REPOSITORY, text=True)  # noqa: S603 - constant words
        for name in filter(None, names.split("\0")):
            if (source := settings.REPOSITORY / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, root / name)
        for name in (".venv", ".venvs"):
            (root / name).symlink_to(settings.REPOSITORY / name)
        self.run(["git", "init", "--quiet", "--initial-branch=main"])
        self.run(["git", "add", "--all"])
        self.run(shlex.split("git -c user.name=a -c user.email=a@example.com commit -qm first"))

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which the environments import the copy, not this repository."""
        variables = settings.inherited_environment()
        for name in [name for name in variables if name.startswith("PYTEST_")]:
            del variables[name]
        paths = (self.root, self.root / "tools", self.root / "shared")
        return variables | {"PYTHONPATH": os.pathsep.join(map(str, paths))}

    def run(self, words: list[str]) -> None:
        """Runs a command in the copy, which must succeed."""
        done = subprocess.run(  # noqa: S603 - commands of our guide
            words,
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
        )
        assert (words, done.returncode) == (words, 0), done.stdout

    def pytest(self, *words: str) -> None:
        """Runs tests in the copy."""
        self.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words])


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A copy in which the guide was followed from top to bottom."""
    made = Checkout(tmp_path)
    for step in _COMMANDS.finditer(GUIDE):
        for command in step["commands"].split("$ ")[1:]:
            made.run(shlex.split(command))
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.mark.long_run
def test_a_service_that_was_added_as_the_guide_says_is_green(checkout: Checkout) -> None:
    """Nothing but the new files was written. `make verify` runs every stage and unit test."""
    is_whole = test_settings.is_verify()
    left_out = () if is_whole else SLOW_STAGES
    stages = [one for one in check_stages.stages(checkout.root) if one[0] not in left_out]

    assert check_stages.report(checkout.root, stages) == 0
    checkout.pytest(*(EVERY_TEST if is_whole else TESTS))
