"""The wheel of the tools, alone in an empty environment, checks a foreign repository."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest

from trunklab import settings
from trunklab.dev import uv

ROOT: Final = settings.REPOSITORY
FLEET: Final = ROOT / "tests" / "fixtures" / "fleet"
WHEEL_S_MAX: Final = 300
"""Seconds for one step: building, installing, or one command."""


def done(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program without the checkout's own environment."""
    python = ROOT / ".venv" / "bin" / "python"
    return subprocess.run(  # noqa: S603 - our own programs
        list(map(str, words)),
        cwd=cwd,
        env=uv.uv_environment(python),
        capture_output=True,
        text=True,
        timeout=WHEEL_S_MAX,
        check=False,
    )


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that has the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("wheel")
    # A copy: setuptools writes beside the sources.
    ignored = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    shutil.copytree(ROOT / "tools" / "trunklab", folder / "trunklab", ignore=ignored)
    program, python = ROOT / ".venv" / "bin" / "uv", ROOT / ".venv" / "bin" / "python"
    made = folder / "environment"
    build = ("--wheel", "--no-build-isolation", "--out-dir", folder, "--python", python)
    for words in (
        ("build", *build, folder / "trunklab"),
        ("venv", "--python", python, made),
        ("pip", "install", "--python", made / "bin" / "python", folder / WHEEL),
    ):
        step = done(program, *words, cwd=folder)
        assert step.returncode == 0, step.stderr
    return made / "bin" / "trunkline"


def project(path: Path) -> dict[str, object]:
    """Returns the project table of a pyproject.toml."""
    table: dict[str, object] = tomllib.loads(path.read_text("utf-8"))["project"]
    return table


VERSION: Final = project(ROOT / "tools" / "trunklab" / "pyproject.toml")["version"]
WHEEL: Final = f"trunklab-{VERSION}-py3-none-any.whl"


def test_lint_finds_what_is_wrong_and_nothing_else(command: Path) -> None:
    """The current folder is the root; the registry's files are the contracts."""
    linted = done(command, "rules", "lint", "--contracts", "registry", "--json", cwd=FLEET)

    findings = json.loads(linted.stdout)["findings"]
    found = [(one["id"], one["path"], one["line"]) for one in findings]
    assert linted.stderr == ""
    assert found == [
        ("outside-enum", "infra/depot.yaml", 18),
        ("visibility-timeout", "infra/depot.yaml", 25),
    ]


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("rules", "lint"), 1),
        (("rules", "coverage", "--contracts", "registry"), 0),
        (("rules", "test", "--all", "--event", '{"source": "x"}'), 1),
        (("rules", "test", "--rule", "van-parked", "--event", '{"source": "x"}'), 1),
        (("rules", "explain", "--rule", "ParkedRule", "--event", '{"source": "x"}'), 1),
        (("schemas", "check", "--contracts", "registry", "--against", "registry"), 0),
        (("schemas", "impact", "--contracts", "registry", "--against", "registry"), 0),
    ],
    ids=lambda words: " ".join(words[:2]) if isinstance(words, tuple) else str(words),
)
def test_each_command_works(command: Path, words: tuple[str, ...], status: int) -> None:
    """Nothing of the checkout is needed."""
    run = done(command, *words, cwd=FLEET)

    assert (run.returncode, run.stderr) == (status, "")


@pytest.mark.parametrize(
    ("words", "missing"), [(("schemas", "export"), "pydantic"), (("up",), "aiohttp")]
)
def test_a_command_of_an_extra_names_the_extra(
    command: Path, words: tuple[str, ...], missing: str
) -> None:
    """A traceback would not say what to install."""
    run = done(command, *words, cwd=FLEET)

    assert run.returncode == 2
    assert f"needs {missing}, which is missing: install trunklab[contracts]" in run.stderr


def test_the_two_descriptions_of_the_distribution_agree() -> None:
    """The checkout installs the same version, and at least the same requirements."""
    wheel = project(ROOT / "tools" / "trunklab" / "pyproject.toml")
    checkout = project(ROOT / "pyproject.toml")
    locked = set((ROOT / "locks" / "workshop.in").read_text("utf-8").splitlines())

    assert [wheel[key] for key in ("name", "version", "requires-python")] == [
        checkout[key] for key in ("name", "version", "requires-python")
    ]
    extras = wheel["optional-dependencies"]
    assert isinstance(extras, dict)
    assert isinstance(wheel["dependencies"], list)
    for requirements in (wheel["dependencies"], *extras.values()):
        assert set(requirements) <= locked
