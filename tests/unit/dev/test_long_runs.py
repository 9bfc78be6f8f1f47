"""Random tests differ between commits, repeat for the same one, and try more in `make verify`."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import hypothesis
import pytest

from tests import long_runs
from tests import settings as test_settings
from trunklab import settings

DRAWS: Final = """
import pytest
from hypothesis import given, settings, strategies as st
from tests.settings import examples

@given(st.integers(0, 2**64))
def test_by_profile(number):
    print("profile", number)

@settings(max_examples=examples(3, 7))
@given(st.integers(0, 2**64))
def test_by_count(number):
    print("count", number)
"""

SEEDED: Final = """
import pytest
from tests.settings import seeds

@pytest.mark.parametrize("seed", seeds(2, 5))
def test_seeded(seed):
    print("seeded", seed)
"""

ALONE: Final = ("-p", "tests.long_runs", "-p", "no:trunklab.testing.plugin", "-p", "no:xdist")
"""Only what is tested: other plugins take a second to import."""

PLAIN: Final = "def test_plain():\n    pass\n"

ONLY_VERIFY: Final = """
import pytest

@pytest.mark.long_run
def test_minutes():
    print("minutes 1")
"""

SAMPLED: Final = """
import pytest

@pytest.mark.sampled
@pytest.mark.parametrize("number", range(50))
def test_sampled(number):
    print("sampled", number)
"""

OWN_COUNT: Final = re.compile(
    r"max_examples=(?!examples\()|\b(?:deadline|database|derandomize)=|TRUNKLINE_\w+_PAIRS"
)


def run_pytest(folder: Path, *words: str, **variables: str) -> str:
    """Runs the files above in a pytest of its own; returns what it printed."""
    files = {"draws": DRAWS, "seeded": SEEDED, "plain": PLAIN, "minutes": ONLY_VERIFY}
    files["sampled"] = SAMPLED
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    command = [sys.executable, "-m", "pytest", *ALONE, "-p", "no:cacheprovider"]
    environment = settings.inherited_environment() | {"TRUNKLINE_VERIFY": "", "CI": ""}
    done = subprocess.run(  # noqa: S603 - constant arguments
        [*command, "-s", "--rootdir", folder, "-c", folder / "pytest.ini", folder, *words],
        cwd=settings.REPOSITORY,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def drawn(printed: str, kind: str) -> list[str]:
    """The numbers that the tests of that kind printed."""
    return re.findall(rf"{kind} (\d+)", printed)


@pytest.mark.sampled
def test_a_seed_repeats_the_examples_and_another_changes_them(tmp_path: Path) -> None:
    """In CI too, where Hypothesis's own profile would try the same examples for every commit."""
    first, again, other = (
        run_pytest(tmp_path, CI="true", TRUNKLINE_SEED=seed) for seed in ("abc", "abc", "abd")
    )

    for kind in ("profile", "count", "seeded", "sampled"):
        assert drawn(first, kind) == drawn(again, kind)
        assert drawn(first, kind) != drawn(other, kind)
    assert "random examples: TRUNKLINE_SEED=abc" in first


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("verify", "counts"),
    [
        ("1", {"profile": long_runs.MANY, "count": 7, "seeded": 5, "minutes": 1, "sampled": 50}),
        ("true", {"profile": long_runs.FEW, "count": 3, "seeded": 2, "minutes": 0}),
    ],
)
def test_only_verify_tries_many_examples(
    tmp_path: Path, verify: str, counts: dict[str, int]
) -> None:
    """The variable is 1, and nothing else means yes."""
    printed = run_pytest(tmp_path, TRUNKLINE_VERIFY=verify)

    assert {kind: len(drawn(printed, kind)) for kind in counts} == counts


@pytest.mark.sampled
def test_exactly_the_tests_with_random_examples_have_a_long_run(tmp_path: Path) -> None:
    """The mark comes from the test itself, so there is no list to keep."""
    printed = run_pytest(tmp_path, "-m", "long_run", "--collect-only", "-q")

    names = set(re.findall(r"::(\w+)", printed))
    assert names == {"test_by_profile", "test_by_count", "test_seeded", "test_sampled"}


@pytest.mark.sampled
def test_an_option_given_to_pytest_wins(tmp_path: Path) -> None:
    """As when a failure of Hypothesis names its seed."""
    one, other = (
        run_pytest(tmp_path, "--hypothesis-seed=7", TRUNKLINE_SEED=seed) for seed in ("a", "b")
    )

    assert drawn(one, "profile") == drawn(other, "profile")


def test_this_run_has_the_profile() -> None:
    """The tests' conftest.py loads it before any test file is imported."""
    profile = hypothesis.settings()

    assert profile.max_examples == test_settings.examples(long_runs.FEW, long_runs.MANY)
    assert (profile.deadline, profile.database, profile.derandomize) == (None, None, False)


@pytest.mark.parametrize("text", ["", "0", "é", "a" * 40])
def test_any_text_is_a_seed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A commit id as well as what somebody types."""
    monkeypatch.setenv("TRUNKLINE_SEED", text)

    assert test_settings.seed() == test_settings.seed()
    assert 0 <= test_settings.seed() < 2**32


def test_no_test_counts_its_examples_by_itself() -> None:
    """A fixed number would have no long run; the profile says the rest once."""
    own = {Path(__file__), Path(long_runs.__file__)}
    files = set((settings.REPOSITORY / "tests").rglob("*.py")) - own

    assert [path.name for path in files if OWN_COUNT.search(path.read_text("utf-8"))] == []
