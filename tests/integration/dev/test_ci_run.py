"""`.ci/run` names the seed of its random examples, proves a sample, and ends as pytest does."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from trunklab import settings

MAKEFILE: Final = """
setup check:
\t@echo "made $@"
test:
\t@echo "tested seed=$$TRUNKLINE_SEED ci=$$CI"
\t@echo "===== 3 passed in 1.20s ====="
\t@exit $(TEST_STATUS)
prove:
\t@echo "proved $(ARGS)"
\t@exit $(PROVE_STATUS)
"""

CLOSING: Final = "===== 3 passed in 1.20s ====="


def git(folder: Path, *words: str) -> str:
    """Runs git in the folder; returns what it printed."""
    who = ("-c", "user.name=tests", "-c", "user.email=tests@example.com")
    command = [str(shutil.which("git")), *who, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 - constant arguments
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with our `.ci/run` and targets that say how they were called."""
    shutil.copytree(settings.REPOSITORY / ".ci", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(MAKEFILE)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def ci_run(folder: Path, **variables: str) -> tuple[int, list[str]]:
    """Runs `.ci/run`; returns its exit status and its lines."""
    environment = settings.inherited_environment()
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TRUNKLINE_SEED"):
        environment.pop(name, None)
    done = subprocess.run(  # noqa: S603 - our own script
        [folder / ".ci" / "run"],
        env=environment | {"TEST_STATUS": "0", "PROVE_STATUS": "0"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_the_commit_chooses_examples_and_sample(checkout: Path) -> None:
    """The first line says how to repeat them."""
    commit = git(checkout, "rev-parse", "HEAD")

    status, lines = ci_run(checkout)

    assert status == 0
    assert f"TRUNKLINE_SEED={commit} make test" in lines[0]
    assert f"tested seed={commit} ci=true" in lines
    assert f"proved --sample {commit}" in lines
    assert f"proved --self-test --sample {commit}" in lines
    assert lines[-1] == CLOSING


def test_a_given_seed_repeats_another_run(checkout: Path) -> None:
    """Without checking the commit out."""
    _, lines = ci_run(checkout, TRUNKLINE_SEED="abc")

    assert "tested seed=abc ci=true" in lines
    assert "proved --sample abc" in lines


@pytest.mark.parametrize("failing", ["TEST_STATUS", "PROVE_STATUS"])
def test_any_failure_fails_the_run(checkout: Path, failing: str) -> None:
    """The closing line is the last one all the same."""
    status, lines = ci_run(checkout, **{failing: "1"})

    assert status != 0
    assert lines[-1] == CLOSING


def test_without_a_commit_nothing_is_run(checkout: Path) -> None:
    """Examples that nobody could repeat are worth little: git says what is wrong."""
    shutil.rmtree(checkout / ".git")

    status, lines = ci_run(checkout, GIT_CEILING_DIRECTORIES=str(checkout.parent))

    assert status != 0
    assert [line for line in lines if line.startswith(("made", "tested", "proved"))] == []
