"""Which state counts as released: a tag, where a branch left main, or the commit before."""

from pathlib import Path

import pytest

from tests.unit.contracts.compatibility.conftest import Checkout
from tests.unit.data_safety.conftest import PATH, TEMPLATE
from trunklab import cli
from trunklab.contracts.errors import RevisionError
from trunklab.data_safety.data_check import check
from trunklab.errors import UsageError


def renamed(checkout: Checkout, attribute: str) -> None:
    """Give the table another TTL attribute."""
    checkout.text(PATH, TEMPLATE.replace("ends_at", attribute))


def bases(root: Path, against: str | None = None) -> list[str]:
    """What was compared with, as the findings name it."""
    return [finding.what.partition(" in ")[2].partition(",")[0] for finding in check(root, against)]


def commit_of(checkout: Checkout, revision: str) -> str:
    """The commit as a message names it."""
    return checkout.git("rev-parse", revision).strip()[:12]


def test_main_is_compared_with_the_commit_before(checkout: Checkout) -> None:
    """With and without uncommitted changes; then the change is behind it."""
    renamed(checkout, "expires_at")
    assert bases(checkout.root) == [commit_of(checkout, "HEAD^")]

    checkout.commit()
    assert bases(checkout.root) == [commit_of(checkout, "HEAD^")]

    checkout.commit()
    assert bases(checkout.root) == []


def test_a_merge_on_main_is_compared_with_main_before_it(checkout: Checkout) -> None:
    """The first parent is main, the second one the branch."""
    checkout.git("switch", "--quiet", "--create", "change")
    renamed(checkout, "expires_at")
    checkout.commit()
    checkout.git("switch", "--quiet", "main")
    checkout.git("merge", "--quiet", "--no-ff", "change")

    assert bases(checkout.root) == [commit_of(checkout, "HEAD^1")]


def test_a_branch_is_compared_with_where_it_left_main(checkout: Checkout) -> None:
    """However many commits it has, and whatever main has done since."""
    left = commit_of(checkout, "main")
    checkout.git("switch", "--quiet", "--create", "change")
    renamed(checkout, "expires_at")
    checkout.commit()
    checkout.commit()
    checkout.git("switch", "--quiet", "main")
    renamed(checkout, "ends_on")
    checkout.commit()
    checkout.git("switch", "--quiet", "change")

    assert bases(checkout.root) == [left]


def test_the_last_tag_is_what_counts_once_there_is_one(checkout: Checkout) -> None:
    """Stacks were deployed from it."""
    checkout.git("tag", "v1")
    renamed(checkout, "expires_at")
    checkout.commit()
    checkout.commit()
    checkout.commit()

    assert bases(checkout.root) == ["v1"]


def test_the_nearest_tag_counts(checkout: Checkout) -> None:
    """Annotated or not; one of another branch is not before HEAD."""
    checkout.git("tag", "v1")
    renamed(checkout, "a")
    checkout.commit()
    checkout.git("tag", "--annotate", "--message", "second", "v2")
    checkout.git("switch", "--quiet", "--create", "aside")
    renamed(checkout, "b")
    checkout.commit()
    checkout.git("tag", "v3")
    checkout.git("switch", "--quiet", "main")
    renamed(checkout, "c")
    checkout.commit()

    assert bases(checkout.root) == ["v2"]


def test_a_release_is_compared_with_the_release_before_it(checkout: Checkout) -> None:
    """Its own tag would hide what it changes."""
    checkout.git("tag", "v1")
    renamed(checkout, "expires_at")
    checkout.commit()
    checkout.git("tag", "v2")
    checkout.git("tag", "latest")

    assert bases(checkout.root) == ["v1"]


def test_the_first_commit_of_all_has_nothing_to_lose(tmp_path: Path) -> None:
    """Nothing was released before it."""
    made = Checkout(tmp_path)
    made.git("init", "--quiet", "--initial-branch=main")
    made.text(PATH, TEMPLATE)
    made.commit()

    assert bases(made.root) == []


def test_a_clone_that_knows_main_from_its_origin_only_is_compared(
    checkout: Checkout, tmp_path: Path
) -> None:
    """CI checks out a commit, not a branch."""
    left = commit_of(checkout, "main")
    checkout.git("switch", "--quiet", "--create", "change")
    renamed(checkout, "expires_at")
    checkout.commit()
    clone = cloned(checkout, tmp_path)
    clone.git("checkout", "--quiet", "--detach", "origin/change")
    clone.git("branch", "--quiet", "--delete", "--force", "change")

    assert bases(clone.root) == [left]


def test_a_shallow_clone_of_main_is_refused(checkout: Checkout, tmp_path: Path) -> None:
    """What is not there may be what was released."""
    clone = cloned(checkout, tmp_path, "--depth=1")

    with pytest.raises(RevisionError, match="--unshallow"):
        check(clone.root, None)


def test_a_repository_without_main_is_refused(checkout: Checkout) -> None:
    """Then only a tag or --against tells what was released."""
    checkout.git("branch", "--move", "main", "trunk")

    with pytest.raises(RevisionError, match="there is neither a branch main"):
        check(checkout.root, None)

    checkout.git("tag", "v1", "HEAD^")
    assert bases(checkout.root) == []


def test_a_branch_that_has_nothing_in_common_with_main_is_refused(checkout: Checkout) -> None:
    """There is no state from which both come."""
    checkout.git("switch", "--quiet", "--orphan", "alone")
    renamed(checkout, "expires_at")
    checkout.commit()

    with pytest.raises(RevisionError, match="no commit in common"):
        check(checkout.root, None)


def test_a_folder_outside_of_git_is_refused(tmp_path: Path) -> None:
    """It names the way without git, which works."""
    made = Checkout(tmp_path / "new")
    made.text(PATH, TEMPLATE.replace("ends_at", "expires_at"))
    old = Checkout(tmp_path / "old")
    old.text(PATH, TEMPLATE)

    with pytest.raises(RevisionError, match=r"not in a git repository.*--against"):
        check(made.root, None)
    assert bases(made.root, str(old.root)) == [str(old.root)]


@pytest.mark.parametrize("against", ["nowhere", "", "--all", "x" * 5_000, "\x1b"])
def test_what_is_neither_revision_nor_folder_is_wrong_usage(
    checkout: Checkout, against: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do; nothing in it is taken for an option."""
    words = ["templates", "check", "--root", str(checkout.root), f"--against={against}"]

    assert cli.main(words) == 2

    assert "--against" in capsys.readouterr().err


def test_a_folder_without_a_template_is_wrong_usage(checkout: Checkout, tmp_path: Path) -> None:
    """Comparing with nothing would find nothing."""
    with pytest.raises(UsageError, match="No template"):
        check(checkout.root, str(tmp_path))


def test_a_checkout_below_the_top_of_its_repository_is_compared(checkout: Checkout) -> None:
    """Paths count from the checkout."""
    checkout.text(f"below/{PATH}", TEMPLATE)
    checkout.commit()
    checkout.text(f"below/{PATH}", TEMPLATE.replace("ends_at", "expires_at"))

    assert bases(checkout.root / "below", "HEAD") == ["HEAD"]


def cloned(checkout: Checkout, folder: Path, *words: str) -> Checkout:
    """Another clone of the repository."""
    checkout.git("clone", "--quiet", *words, f"file://{checkout.root}", str(folder / "clone"))
    return Checkout(folder / "clone")
