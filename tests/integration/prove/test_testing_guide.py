"""Every example of docs/testing.md runs as written, in this repository and in another folder."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.integration.prove.conftest import Prove
from trunklab.settings import REPOSITORY, inherited_environment

GUIDE: Final = (REPOSITORY / "docs" / "testing.md").read_text("utf-8")
SOURCES: Final = ("schemas", "services", "shared", "tools")

_BLOCK: Final = re.compile(r"^```\w*\n.*?^```$", re.DOTALL | re.MULTILINE)
_EXAMPLE: Final = re.compile(r"```(?:python|yaml)\n# (?P<file>\S+)\n(?P<text>.*?)```", re.DOTALL)

EXAMPLES: Final = [(found["file"], found["text"]) for found in _EXAMPLE.finditer(GUIDE)]
FILES: Final = sorted({name for name, _ in EXAMPLES if "/test_" in name})
TESTS: Final = sum(text.count("\ndef test_") + text.startswith("def test_") for _, text in EXAMPLES)


def write_examples(folder: Path) -> None:
    """Writes the files of the guide that this repository does not have; blocks of one file join."""
    for name, text in EXAMPLES:
        if not (REPOSITORY / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("a", encoding="utf-8") as file:
                file.write(f"{text}\n\n")


def run_pytest(folder: Path, *words: str, path: str = "") -> str:
    """Runs pytest of this checkout's environment in the folder; returns what it printed."""
    python = REPOSITORY / ".venv" / "bin" / "python"
    done = subprocess.run(  # noqa: S603 - constant arguments
        [python, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=inherited_environment() | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def copy_repository(folder: Path) -> str:
    """Copies what services are made of; returns the PYTHONPATH that makes it the checkout."""
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__", ".aws-sam")
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "samconfig.toml", "template.yaml"):
        shutil.copy(REPOSITORY / name, folder)
    (folder / ".venvs").symlink_to(REPOSITORY / ".venvs")
    return os.pathsep.join(str(folder / name) for name in ("tools", "shared", "."))


def test_every_example_names_its_file() -> None:
    """A block without a file name would not be run."""
    assert len(_BLOCK.findall(GUIDE)) == len(EXAMPLES)
    assert TESTS


def test_an_example_of_a_file_of_this_repository_is_that_file() -> None:
    """Such a file is shown, not written."""
    shown = [(name, text) for name, text in EXAMPLES if (REPOSITORY / name).exists()]

    assert [name for name, _ in shown] == ["services/payments/reads.yaml"]
    for name, text in shown:
        assert yaml.safe_load(text) == yaml.safe_load((REPOSITORY / name).read_text("utf-8"))


@pytest.mark.sampled
def test_the_examples_run_in_this_repository(tmp_path: Path) -> None:
    """In a copy of it: other tests must not see the examples."""
    path = copy_repository(tmp_path)
    write_examples(tmp_path)

    printed = run_pytest(tmp_path, *FILES, path=path)

    assert f"{TESTS} passed in " in printed, printed


@pytest.mark.sampled
def test_the_examples_run_in_another_folder_with_a_conftest(tmp_path: Path) -> None:
    """A conftest.py may name the plugin: it is registered under its module, so loaded once."""
    write_examples(tmp_path)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["trunklab.testing.plugin"]\n')

    printed = run_pytest(tmp_path)

    assert f"{TESTS} passed in " in printed, printed


@pytest.mark.sampled
def test_the_service_of_the_guide_is_proved(tmp_path: Path, prove: Prove) -> None:
    """The guide's last command finds neither a duplicate nor a loss."""
    write_examples(tmp_path)

    status, printed = prove("--services", tmp_path / "services", "--run", "one message")

    assert status == 0, printed
    assert "parcels.send-parcel" in printed
