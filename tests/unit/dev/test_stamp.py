"""An environment counts as whole only when nothing that its set-up left behind has changed."""

import shutil
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from trunklab.dev import environment_stamp
from trunklab.dev.environment_locks import Environment


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A whole environment with one distribution in it."""
    whole = Environment(tmp_path, ".venvs/tool", "tool.txt", own=(".",))
    (tmp_path / "locks").mkdir()
    whole.lock_file.write_text("tool==1.0\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    venv.create(whole.path, with_pip=False, symlinks=True)
    (whole.packages / "tool" / "inner").mkdir(parents=True)
    (whole.packages / "tool" / "inner" / "module.py").write_text("VALUE = 1\n")
    (whole.packages / "tool.pth").write_text("elsewhere\n")
    (whole.packages / "own-1.0.dist-info").mkdir()
    (whole.packages / "own-1.0.dist-info" / "direct_url.json").write_text("{}")
    (whole.packages / "tool-1.0.dist-info").mkdir()
    (whole.programs / "tool").write_text("#!/bin/sh\n")
    environment_stamp.write(whole)
    return whole


def test_a_whole_environment_has_no_fault(environment: Environment) -> None:
    """The stamp describes exactly what lies there."""
    assert environment_stamp.find_faults([environment]) == {}


def test_what_the_user_adds_is_no_fault(environment: Environment) -> None:
    """A debugger installed by hand, or compiled modules, cost nobody a new environment."""
    (environment.packages / "ipdb").mkdir()
    for folder in ("__pycache__", "tool/__pycache__", "tool/inner/__pycache__"):
        (environment.packages / folder).mkdir()
        (environment.packages / folder / "module.cpython-311.pyc").write_bytes(b"compiled")

    assert environment_stamp.find_faults([environment]) == {}


def test_our_own_distributions_may_be_installed_again(environment: Environment) -> None:
    """`pip install -e .` by hand writes other lengths than the set-up did, and damages nothing."""
    (environment.packages / "tool.pth").write_text("elsewhere/than/before\n")
    (environment.packages / "own-1.0.dist-info" / "uv_cache.json").write_text('{"timestamp": 1}')

    assert environment_stamp.find_faults([environment]) == {}


def remove_all(environment: Environment) -> None:
    """As `make clean` does."""
    shutil.rmtree(environment.path)


def replace_by_a_file(environment: Environment) -> None:
    """Something else has the name."""
    shutil.rmtree(environment.path)
    environment.path.write_text("")


def remove_stamp(environment: Environment) -> None:
    """As an interrupted set-up leaves it."""
    environment_stamp.remove(environment)


def damage_stamp(environment: Environment) -> None:
    """A full disk."""
    (environment.path / environment_stamp.STAMP).write_text('{"made_from": ')


def empty_stamp(environment: Environment) -> None:
    """A stamp of another format."""
    (environment.path / environment_stamp.STAMP).write_text("[]")


def change_lock(environment: Environment) -> None:
    """As a pull does."""
    environment.lock_file.write_text("tool==1.1\n")


def remove_package(environment: Environment) -> None:
    """Modules are gone, the record of their installation is there."""
    shutil.rmtree(environment.packages / "tool")


def empty_package(environment: Environment) -> None:
    """The folder is there, its files are not."""
    (environment.packages / "tool" / "inner" / "module.py").unlink()


def truncate_module(environment: Environment) -> None:
    """The file is there, what it held is not."""
    (environment.packages / "tool" / "inner" / "module.py").write_text("")


def truncate_program(environment: Environment) -> None:
    """A program that does nothing."""
    (environment.programs / "tool").write_text("")


def change_version(environment: Environment) -> None:
    """As an upgrade by hand does."""
    old = environment.packages / "tool-1.0.dist-info"
    old.rename(environment.packages / "tool-2.0.dist-info")


def remove_program(environment: Environment) -> None:
    """A program is gone."""
    (environment.programs / "tool").unlink()


def remove_interpreter(environment: Environment) -> None:
    """The interpreter's link is gone."""
    environment.python.unlink()


def remove_python_installation(environment: Environment) -> None:
    """The Python that the environment was made with has been uninstalled."""
    environment.python.unlink()
    environment.python.symlink_to("nowhere/python3")


def break_interpreter(environment: Environment) -> None:
    """The interpreter is there but does not run."""
    broken = environment.root / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    environment.python.unlink()
    environment.python.symlink_to(broken)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (remove_all, "it is not there"),
        (replace_by_a_file, "it is not there"),
        (remove_stamp, "its set-up did not come to its end"),
        (damage_stamp, "its set-up did not come to its end"),
        (empty_stamp, "its set-up did not come to its end"),
        (change_lock, "locks/tool.txt, the Python or the place has changed"),
        (remove_python_installation, "its interpreter does not run"),
        (break_interpreter, "its interpreter does not run"),
    ],
)
def test_what_is_not_whole_is_found(
    environment: Environment, damage: Callable[[Environment], None], reason: str
) -> None:
    """The reason is named, and the environment is made anew."""
    damage(environment)

    assert environment_stamp.find_faults([environment]) == {
        environment: environment_stamp.Fault(reason)
    }


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (remove_package, "site-packages/tool is missing"),
        (empty_package, "site-packages/tool is not as it was installed"),
        (truncate_module, "site-packages/tool is not as it was installed"),
        (change_version, "site-packages/tool-1.0.dist-info is missing"),
        (remove_program, "bin/tool is missing"),
        (truncate_program, "bin/tool is not as it was installed"),
        (remove_interpreter, "bin/python is missing"),
    ],
)
def test_damage_of_what_was_installed_is_told_apart(
    environment: Environment, damage: Callable[[Environment], None], reason: str
) -> None:
    """What damaged the environment may have damaged uv's cache, so that is not trusted."""
    damage(environment)

    fault = environment_stamp.Fault(reason, damaged=True)
    assert environment_stamp.find_faults([environment]) == {environment: fault}


def test_a_changed_pyproject_renews_our_own_distributions_only(environment: Environment) -> None:
    """Nothing is downloaded again because a setting of ruff changed."""
    (environment.root / "pyproject.toml").write_text("[project]\nname = 'other'\n")

    assert environment_stamp.find_faults([environment])[environment].only_own


def test_a_moved_environment_is_made_anew(environment: Environment, tmp_path: Path) -> None:
    """The programs of an environment name its interpreter by its full path."""
    moved = Environment(tmp_path / "moved", ".venvs/tool", "tool.txt", own=(".",))
    shutil.copytree(environment.root, moved.root, symlinks=True)

    assert "the place has changed" in environment_stamp.find_faults([moved])[moved].reason


def test_another_python_is_another_environment(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade of Python its environments are made anew."""
    before = environment_stamp.made_from(environment)
    monkeypatch.setattr(sys, "version", "3.99.0")

    assert environment_stamp.made_from(environment) != before
