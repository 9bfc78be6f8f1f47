"""An environment counts as whole only when nothing that its set-up left behind has changed."""

import shutil
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from trunklab.dev import locked_environments as environments
from trunklab.dev.locked_environments import Environment, Fault

RECORD = """tool/inner/module.py,sha256=x,10
"tool/a,b.py",,
tool/__pycache__/__init__.cpython-311.pyc,,
../../../bin/tool,sha256=x,10
tool-1.0.dist-info/RECORD,,
"""


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
    (whole.packages / "tool" / "a,b.py").write_text("")
    (whole.packages / "tool-1.0.dist-info").mkdir()
    (whole.packages / "tool-1.0.dist-info" / "RECORD").write_text(RECORD)
    (whole.programs / "tool").write_text("#!/bin/sh\n")
    environments.seal(whole)
    return whole


def test_a_whole_environment_has_no_fault(environment: Environment) -> None:
    """The stamp describes exactly what lies there."""
    assert environments.find_faults([environment]) == {}


def test_what_the_user_adds_is_no_fault(environment: Environment) -> None:
    """A debugger installed by hand, or compiled modules, cost nobody a new environment."""
    (environment.packages / "ipdb").mkdir()
    for folder in ("__pycache__", "tool/__pycache__", "tool/inner/__pycache__"):
        (environment.packages / folder).mkdir()
        (environment.packages / folder / "module.cpython-311.pyc").write_bytes(b"compiled")

    assert environments.find_faults([environment]) == {}


def remove_all(environment: Environment) -> None:
    """As `make clean` does."""
    shutil.rmtree(environment.path)


def replace_by_a_file(environment: Environment) -> None:
    """Something else has the name."""
    shutil.rmtree(environment.path)
    environment.path.write_text("")


def remove_stamp(environment: Environment) -> None:
    """As an interrupted set-up leaves it."""
    environments.unseal(environment)


def damage_stamp(environment: Environment) -> None:
    """A full disk."""
    (environment.path / environments.STAMP).write_text('{"made_from": ')


def empty_stamp(environment: Environment) -> None:
    """A stamp of another format."""
    (environment.path / environments.STAMP).write_text("[]")


def change_lock(environment: Environment) -> None:
    """As `git pull` does."""
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


def remove_second_module(environment: Environment) -> None:
    """A name with a comma, quoted in the RECORD."""
    (environment.packages / "tool" / "a,b.py").unlink()


def remove_record(environment: Environment) -> None:
    """As after an installation that was cut short."""
    record(environment).unlink()


def empty_record(environment: Environment) -> None:
    """A RECORD without lines."""
    record(environment).write_text("")


def cut_record(environment: Environment) -> None:
    """A line without hash and size."""
    record(environment).write_text("tool/__init__.py\n")


def blank_record(environment: Environment) -> None:
    """A line without a name."""
    record(environment).write_text("\n")


def record(environment: Environment) -> Path:
    """Returns the RECORD of the only distribution."""
    return environment.packages / "tool-1.0.dist-info" / "RECORD"


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
        (remove_all, "it does not exist"),
        (replace_by_a_file, "it does not exist"),
        (remove_stamp, "its set-up was not completed"),
        (damage_stamp, "its set-up was not completed"),
        (empty_stamp, "its set-up was not completed"),
        (change_lock, "locks/tool.txt has changed"),
        (remove_python_installation, "its interpreter does not run"),
        (break_interpreter, "its interpreter does not run"),
        (remove_interpreter, "its interpreter does not run"),
    ],
)
def test_what_is_not_whole_is_found(
    environment: Environment, damage: Callable[[Environment], None], reason: str
) -> None:
    """The reason is named, and the environment is made anew."""
    damage(environment)

    assert environments.find_faults([environment]) == {environment: Fault(reason)}


@pytest.mark.parametrize(
    ("damage", "file"),
    [
        (remove_package, "tool/inner/module.py"),
        (empty_package, "tool/inner/module.py"),
        (truncate_module, "tool/inner/module.py"),
        (remove_second_module, "tool/a,b.py"),
        (change_version, "tool-1.0.dist-info/RECORD"),
        (remove_record, "tool-1.0.dist-info/RECORD"),
        (empty_record, "tool-1.0.dist-info/RECORD"),
        (cut_record, "tool/__init__.py"),
        (blank_record, "tool-1.0.dist-info/RECORD"),
        (remove_program, "../../../bin/tool"),
        (truncate_program, "../../../bin/tool"),
    ],
)
def test_a_file_that_differs_from_its_record_is_damage(
    environment: Environment, damage: Callable[[Environment], None], file: str
) -> None:
    """The file is named as the RECORD names it."""
    damage(environment)

    fault = Fault(f"{file} is missing or damaged")
    assert environments.find_faults([environment]) == {environment: fault}
    if environment.packages.joinpath("tool-1.0.dist-info").exists():
        assert environments.find_damage(environment.packages) == file


def test_a_changed_pyproject_makes_an_environment_stale(environment: Environment) -> None:
    """Nothing is downloaded again because a setting of ruff changed."""
    (environment.root / "pyproject.toml").write_text("other\n")

    fault = Fault("a pyproject.toml has changed", is_stale=True)
    assert environments.find_faults([environment]) == {environment: fault}


def test_damage_outweighs_a_changed_input(environment: Environment) -> None:
    """Otherwise the damage would stay: only our own distributions would be installed again."""
    (environment.root / "pyproject.toml").write_text("other\n")
    truncate_module(environment)

    assert not environments.find_faults([environment])[environment].is_stale


def test_a_moved_environment_is_made_anew(environment: Environment, tmp_path: Path) -> None:
    """The programs of an environment name its interpreter by its full path."""
    moved = Environment(tmp_path / "moved", ".venvs/tool", "tool.txt", own=(".",))
    shutil.copytree(environment.root, moved.root, symlinks=True)

    assert "the folder has changed" in environments.find_faults([moved])[moved].reason


def test_another_python_is_another_environment(environment: Environment) -> None:
    """After an upgrade of Python its environments are made anew."""
    stamp = environment.path / environments.STAMP
    stamp.write_text(stamp.read_text().replace(sys.version.split()[0], "3.99.0"))

    reason = "the Python or the folder has changed"
    assert environments.find_faults([environment]) == {environment: Fault(reason)}
