"""The lock files agree with their inputs, with each other and with our own distributions."""

import re
import tomllib
from pathlib import Path

import pytest

from trunklab import settings
from trunklab.dev.lock import LOCKS, Lock, command_for
from trunklab.dev.locked_environments import BOOTSTRAP_LOCK, all_environments

LOCKED = {lock.output: lock for lock in LOCKS}


def locked(name: str) -> dict[str, str]:
    """Return the distributions of a lock file with their versions."""
    text = (settings.REPOSITORY / "locks" / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def required(name: str) -> set[str]:
    """Return the distributions that an input asks for."""
    lines = (settings.REPOSITORY / "locks" / name).read_text("utf-8").splitlines()
    return {
        re.split(r"[=<>~!\[ ;]", line)[0].lower() for line in lines if line[:1] not in ("", "#")
    }


def project(folder: str) -> tuple[set[str], Path]:
    """Return what one of our own distributions depends on, and its folder."""
    path = settings.REPOSITORY / folder
    table = tomllib.loads((path / "pyproject.toml").read_text("utf-8"))["project"]
    return {re.split(r"[=<>~!\[ ]", name)[0] for name in table.get("dependencies", ())}, path


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.output)
def test_a_lock_holds_what_its_inputs_ask_for(lock: Lock) -> None:
    """An input that changed without `make lock` is found here."""
    wanted = set().union(*(required(name) for name in lock.inputs))

    assert wanted <= set(locked(lock.output))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.output)
def test_a_lock_keeps_to_its_constraints(lock: Lock) -> None:
    """What ships is what was tested, and tests run with the Lambda runtime's boto3."""
    versions = locked(lock.output)

    for name in lock.constraints:
        for distribution, version in locked(name).items():
            assert versions.get(distribution, version) == version


def test_a_constraint_is_made_before_what_it_constrains() -> None:
    """Otherwise one `make lock` would not be enough."""
    made: set[str] = set()
    for lock in LOCKS:
        assert made >= set(lock.constraints)
        made.add(lock.output)


def test_every_environment_has_a_lock_that_is_made() -> None:
    """No lock file is written by hand; two name what is packed, not what is installed."""
    used = {environment.lock for environment in all_environments(settings.REPOSITORY)}

    assert used | {BOOTSTRAP_LOCK, "function.txt", "bench.txt"} == set(LOCKED)


def test_every_lock_is_made_with_hashes_and_without_addresses() -> None:
    """Also on a machine whose registry is a private one."""
    for lock in LOCKS:
        assert {"--generate-hashes", "--no-emit-index-url", "--universal"} <= set(command_for(lock))


def test_a_function_brings_no_boto3() -> None:
    """The Lambda runtime has its own; a second one costs size and cold start."""
    assert not {"boto3", "botocore", "s3transfer"} & set(locked("function.txt"))


@pytest.mark.parametrize("folder", [".", "shared", "schemas"])
def test_our_own_distributions_find_their_dependencies(folder: str) -> None:
    """They are installed without asking the registry, so the lock must name what they need."""
    assert project(folder)[0] <= set(locked("workshop.txt"))


def test_a_function_brings_what_our_code_in_it_needs() -> None:
    """Except boto3: that comes from the runtime."""
    needed = project("shared")[0] | project("schemas")[0]

    assert needed - set(locked("lambda.txt")) <= set(locked("function.txt"))


def test_the_contracts_distribution_holds_every_domain() -> None:
    """Its patterns match the modules of each domain: a new one needs no entry."""
    folder = settings.REPOSITORY / "schemas"
    table = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    packaged = {
        path for pattern in table["package-data"]["schemas"] for path in folder.glob(pattern)
    }

    assert table["packages"] == ["schemas"]
    assert packaged >= set(folder.glob("*/*.py"))
