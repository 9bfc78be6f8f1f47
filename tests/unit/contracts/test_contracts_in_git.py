"""Contracts of a revision are read from git, and what git cannot say is said in words."""

import subprocess
from pathlib import Path

import pytest

from tests.unit.contracts.test_contract_files import text_of
from trunklab.contracts import git_files
from trunklab.contracts.errors import ContractFileError, RevisionError
from trunklab.contracts.exported_contracts import OWN_FILES

FILE = "schemas/vans/VanParked.v2.schema.json"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one contract on `main`."""
    root = tmp_path / "repository"
    (root / "schemas" / "vans").mkdir(parents=True)
    run(tmp_path, "init", "--quiet", "--initial-branch=main", str(root))
    commit(root, text_of(), "first")
    return root


def run(root: Path, *words: str) -> str:
    """Run git as somebody, without the settings of whoever runs the tests."""
    command = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    done = subprocess.run([*command, *words], check=True, capture_output=True, text=True)  # noqa: S603 - git and words of this file
    return done.stdout.strip()


def commit(root: Path, text: str, message: str, file: str = FILE) -> str:
    """Commit a text as a file; return the commit."""
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text, encoding="utf-8")
    run(root, "add", "--all")
    run(root, "commit", "--quiet", "-m", message)
    return run(root, "rev-parse", "HEAD")


def test_a_contract_is_read_as_it_was_committed(repository: Path) -> None:
    """Not as it lies in the folder."""
    (repository / FILE).write_text(text_of(**{"x-owner": "nobody"}), encoding="utf-8")

    (found,) = OWN_FILES.at(repository, "main")

    assert (found.path.as_posix(), found.owner) == (FILE, "team-fleet")


@pytest.mark.parametrize("revision", ["main", "HEAD", "HEAD~0", "v1"])
def test_whatever_git_takes_for_a_revision_will_do(repository: Path, revision: str) -> None:
    """Branches, tags, what lies before them."""
    run(repository, "tag", "v1")

    assert len(OWN_FILES.at(repository, revision)) == 1


@pytest.mark.parametrize(
    "revision", ["nowhere", "", "-h", "--all", "main:schemas", "HEAD~7", "\x1b"]
)
def test_an_unknown_revision_is_refused(repository: Path, revision: str) -> None:
    """With what to do; nothing in it is taken for an option."""
    with pytest.raises(RevisionError, match="git fetch") as caught:
        OWN_FILES.at(repository, revision)

    assert caught.value.exit_status == 2
    assert "\x1b" not in str(caught.value)


def test_a_folder_outside_of_git_is_refused(tmp_path: Path) -> None:
    """It names the way without git."""
    with pytest.raises(RevisionError, match=r"not in a git repository.*--against"):
        OWN_FILES.at(tmp_path, "main")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The same."""
    with pytest.raises(RevisionError):
        OWN_FILES.at(tmp_path / "nowhere", "main")


def test_a_checkout_below_the_top_of_its_repository_is_read(repository: Path) -> None:
    """Paths count from the checkout."""
    commit(repository, text_of(), "below", f"below/{FILE}")

    assert [one.path.as_posix() for one in OWN_FILES.at(repository / "below", "main")] == [FILE]


def test_a_hook_does_not_lead_to_another_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git sets variables for hooks that name the repository of the hook."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    assert len(OWN_FILES.at(repository, "main")) == 1


def test_main_is_what_counts(repository: Path) -> None:
    """A branch of one's own promises nothing yet."""
    run(repository, "switch", "--quiet", "-c", "mine")
    commit(repository, text_of(**{"x-owner": "mine"}), "mine")

    assert git_files.main_branch(repository) == "main"


def test_without_main_the_one_of_origin_counts(repository: Path, tmp_path: Path) -> None:
    """As in a checkout of a pull request."""
    run(tmp_path, "clone", "--quiet", str(repository), "clone")
    clone = tmp_path / "clone"
    run(clone, "switch", "--quiet", "--detach")
    run(clone, "branch", "--quiet", "-D", "main")

    assert git_files.main_branch(clone) == "origin/main"


def test_without_any_main_the_command_says_what_to_fetch(repository: Path) -> None:
    """It guesses at no other branch."""
    run(repository, "branch", "-m", "trunk")

    with pytest.raises(RevisionError, match="git fetch origin main"):
        git_files.main_branch(repository)


def test_a_broken_contract_of_a_revision_is_named(repository: Path) -> None:
    """Its path, as of a file."""
    commit(repository, "{", "broken")

    with pytest.raises(ContractFileError, match=FILE):
        OWN_FILES.at(repository, "main")


def test_the_history_of_a_file_holds_each_version_once(repository: Path) -> None:
    """The newest first, also those of another folder."""
    second = commit(repository, text_of(**{"x-owner": "second"}), "second")
    (repository / FILE).unlink()
    commit(repository, text_of(**{"x-owner": "third"}), "third", FILE.replace("vans", "sales"))

    changed = git_files.history(repository, "main", "schemas", "/VanParked.v2.schema.json")

    assert [one.path.parts[1] for one in changed] == ["sales", "vans", "vans"]
    assert second.startswith(changed[1].commit)


def test_a_shallow_clone_has_no_history(repository: Path, tmp_path: Path) -> None:
    """What is not there may have been promised."""
    commit(repository, text_of(**{"x-owner": "second"}), "second")
    run(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{repository}", "shallow")

    with pytest.raises(RevisionError, match="--unshallow"):
        git_files.history(tmp_path / "shallow", "main", "schemas", ".schema.json")


def test_without_git_the_command_says_so(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder can be compared without it."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(RevisionError, match="git is not installed"):
        OWN_FILES.at(repository, "main")
