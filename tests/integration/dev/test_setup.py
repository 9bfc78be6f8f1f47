"""The set-up makes what is missing, repairs what is damaged, and leaves alone what is whole."""

import os
import re
import shutil
import signal
import subprocess
from typing import Final

import pytest

from tests.integration.dev.conftest import SETUP_S_MAX, Repository

INTERRUPTED: Final = 130  # what a shell expects of a command ended by Ctrl-C

WHERE: Final = """
from importlib.util import find_spec
for name in ("trunklab", "trunkline", "schemas"):
    print(find_spec(name).origin)
"""


@pytest.fixture
def whole(repository: Repository) -> Repository:
    """The repository with every environment made."""
    if not repository.is_whole():
        status, output = repository.set_up()
        assert status == 0, output
    return repository


@pytest.mark.sampled
def test_a_first_set_up_makes_every_environment(repository: Repository) -> None:
    """Each is announced, and done with the number of its distributions and its time."""
    for environment in repository.environments:
        shutil.rmtree(environment.path, ignore_errors=True)

    status, output = repository.set_up()

    assert status == 0, output
    assert repository.is_whole()
    for environment in repository.environments:
        assert f"setup: making {environment.folder}: it does not exist" in output
        assert f"setup: {environment.folder}: " in output
    assert "setup: .venvs/sam: 1 distributions (" in output
    assert "setup: all environments are whole (" in output


def test_our_own_distributions_are_in_the_workshop(whole: Repository) -> None:
    """They are found in this repository from anywhere, and the command is there."""
    workshop = whole.environment(".venv")

    done = subprocess.run(  # noqa: S603 - the interpreter just made
        [workshop.python, "-I", "-c", WHERE],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )

    assert done.stdout.splitlines() == [
        str(whole.root / "tools" / "trunklab" / "__init__.py"),
        str(whole.root / "shared" / "trunkline" / "__init__.py"),
        str(whole.root / "schemas" / "__init__.py"),
    ]
    assert (workshop.programs / "trunkline").exists()


def test_a_second_set_up_does_nothing(whole: Repository) -> None:
    """One line says so."""
    status, output = whole.set_up()

    assert status == 0
    assert output.startswith("setup: all environments are whole (")
    assert output.count("\n") == 1


def test_only_the_damaged_environment_is_made_anew(whole: Repository) -> None:
    """A deleted package is found, named and brought back."""
    emulator = whole.environment("emulator")
    shutil.rmtree(emulator.packages / "a_emulator-1.0.dist-info")

    status, output = whole.set_up()

    assert status == 0
    assert "making .venvs/emulator: a_emulator-1.0.dist-info/RECORD is missing" in output
    assert ".venvs/sam" not in output
    assert whole.is_whole()


def test_damage_in_a_file_reaches_no_other_environment(whole: Repository) -> None:
    """A module cut to nothing is noticed, and comes back even if uv's cache is damaged too."""
    emulator = whole.environment("emulator")
    module = emulator.packages / "a_emulator.py"
    sound = module.read_text()
    module.write_text("")
    cached = list(whole.cache.rglob("a_emulator.py"))
    assert [file.read_text() for file in cached] == [sound], "the cache shares the file"
    cached[0].write_text("")

    status, output = whole.set_up()

    assert status == 0, output
    assert "a_emulator.py is missing or damaged" in output
    assert module.read_text() == sound
    assert whole.is_whole()


def test_a_damaged_cache_fills_no_environment(whole: Repository) -> None:
    """Also one that was merely absent is compared with its record, and then downloaded."""
    shutil.rmtree(whole.environment("sam").path)
    for file in whole.cache.rglob("a_sam.py"):
        file.unlink()

    status, output = whole.set_up()

    assert status == 0, output
    assert (whole.environment("sam").packages / "a_sam.py").exists()


def test_a_file_in_an_environments_place_is_replaced(whole: Repository) -> None:
    """Something else has the name; it goes, whatever it is."""
    place = whole.environment("emulator").path
    shutil.rmtree(place)
    place.write_text("")

    status, output = whole.set_up()

    assert status == 0, output
    assert whole.is_whole()


def test_a_changed_pyproject_renews_our_own_distributions(whole: Repository) -> None:
    """Nothing else is installed again."""
    with (whole.root / "shared" / "pyproject.toml").open("a") as file:
        file.write("\n# a comment\n")

    status, output = whole.set_up()

    assert status == 0
    assert "updating .venv: a pyproject.toml has changed" in output
    assert "making" not in output
    assert whole.is_whole()


def test_a_changed_lock_file_is_followed(whole: Repository) -> None:
    """The new version is there and the old one is gone."""
    whole.lock("lambda.txt", whole.wheels.tiny("a_lambda", "2.0"))

    status, _ = whole.set_up()

    packages = whole.environment("lambda").packages
    assert status == 0
    assert [path.name for path in packages.glob("*.dist-info")] == ["a_lambda-2.0.dist-info"]


def test_a_file_with_another_hash_is_refused(whole: Repository) -> None:
    """The environment stays half made, the message says which one, why and what next."""
    good = whole.wheels.tiny("a_sam")
    whole.lock("sam.txt", re.sub("sha256:.*", f"sha256:{'0' * 64}", good))

    status, output = whole.set_up()

    assert status == 1
    assert ".venvs/sam: installing locks/sam.txt failed" in output
    assert "run `make setup` again" in output
    assert "all environments are whole" not in output
    whole.lock("sam.txt", good)
    assert "its set-up was not completed" in whole.set_up()[1]


@pytest.mark.sampled
def test_a_killed_set_up_is_begun_again(whole: Repository) -> None:
    """No stamp, no environment: whatever the dead one left is not trusted."""
    for name in ("sam", "emulator", "lambda"):
        shutil.rmtree(whole.environment(name).path)
    with whole.start() as process:
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        os.killpg(process.pid, signal.SIGKILL)

    status, output = whole.set_up()

    assert status == 0, output
    assert whole.is_whole()


@pytest.mark.sampled
def test_an_interrupted_set_up_is_begun_again(whole: Repository) -> None:
    """Ctrl-C ends it in words; what installs everything else is then itself made anew."""
    whole.environment(".venv").python.unlink()
    with whole.start() as process:
        assert process.stdout is not None
        begun = process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        rest = process.communicate(timeout=SETUP_S_MAX)[0]

    status, output = whole.set_up()

    assert begun == "setup: making .venv: its interpreter does not run (2 distributions)\n"
    assert process.returncode == INTERRUPTED
    assert "interrupted; run `make setup` to continue" in rest
    assert status == 0, output
    assert whole.is_whole()


def test_two_set_ups_at_once_take_turns(whole: Repository) -> None:
    """The second waits, finds everything whole, and both succeed."""
    for name in ("sam", "emulator", "lambda"):
        shutil.rmtree(whole.environment(name).path)

    with whole.start() as first, whole.start() as second:
        outputs = [process.communicate(timeout=SETUP_S_MAX)[0] for process in (first, second)]

    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert sum(output.count("setup: making ") for output in outputs) == len(
        ("sam", "emulator", "lambda")
    )
    assert whole.is_whole()
