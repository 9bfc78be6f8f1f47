"""Files and history in git; the checkout is not changed."""

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from trunklab import settings
from trunklab.contracts.errors import RevisionError
from trunklab.printable import printable

GIT_S_MAX: Final = 60.0
"""Seconds that one git command may take."""

COMMIT_DIGITS: Final = 12
"""Digits of a commit in a message."""

MAIN: Final = ("main", "origin/main")
"""Revisions to compare with by default; the first that exists counts."""


class Changed(NamedTuple):
    """One version of a file."""

    commit: str
    path: PurePosixPath
    blob: str


def main_branch(root: Path) -> str:
    """Returns the revision to compare with by default; raises RevisionError."""
    for revision in MAIN:
        if has(root, revision):
            return revision
    _check_repository(root)
    raise RevisionError(
        f"{root}: there is neither a branch {' nor '.join(MAIN)}; fetch it with "
        "`git fetch origin main:main`, or name the state to compare with by --against"
    )


def tree(root: Path, revision: str, *below: str) -> dict[PurePosixPath, str]:
    """Returns the blobs of a revision by their path from the root; raises RevisionError."""
    listed = _asked(root, "ls-tree", "-r", "-z", resolve(root, revision), *below)
    entries = listed.decode(errors="surrogateescape").split("\0")[:-1]
    parted = (entry.partition("\t") for entry in entries)
    return {PurePosixPath(name): words.split()[2] for words, _, name in parted}


def last_tag(root: Path) -> str | None:
    """Returns the nearest tag before HEAD, or None; a release is compared with its predecessor."""
    tags = _asked(root, "tag", "--points-at", "HEAD").decode().split()
    name = _run(
        root, "describe", "--tags", "--abbrev=0", *(f"--exclude={tag}" for tag in tags), "HEAD"
    )
    return name.decode().strip() if name else None


def merge_base(root: Path, revision: str) -> str:
    """Returns the commit in which HEAD left another revision; raises RevisionError."""
    commit = _run(root, "merge-base", "HEAD", revision)
    if commit is None:
        raise RevisionError(
            f"{root}: HEAD and {revision} have no commit in common; in a shallow clone fetch the "
            "history (`git fetch --unshallow`), or name the state to compare with by --against"
        )
    return commit.decode().strip()


def first_parent(root: Path) -> str | None:
    """Returns the first parent of HEAD, None for the first commit of all.

    Raises RevisionError in a shallow clone that ends at HEAD.
    """
    commit = _commit(root, "HEAD^")
    if not commit and _is_shallow(root):
        raise RevisionError(
            f"{root} is a shallow clone without the parent of HEAD; fetch it with "
            "`git fetch --unshallow`, or name the state to compare with by --against"
        )
    return commit or None


def resolve(root: Path, revision: str) -> str:
    """Returns the commit of a revision; raises RevisionError."""
    commit = _commit(root, revision)
    if commit:
        return commit
    _check_repository(root)
    raise RevisionError(
        f"{printable(revision)!r} is neither a revision of {root} nor a folder; in a shallow clone "
        "fetch it first (`git fetch --unshallow`), or name another with --against"
    )


def has(root: Path, revision: str) -> bool:
    """True if the revision exists."""
    return bool(_commit(root, revision))


def history(root: Path, revision: str, folder: str, ending: str) -> list[Changed]:
    """Returns every committed version of the files with this ending, the newest first.

    Raises RevisionError in a shallow clone, which lacks versions.
    """
    commit = resolve(root, revision)
    if _is_shallow(root):
        raise RevisionError(
            f"{root} is a shallow clone, and a transitive policy looks at every committed version; "
            "fetch them with `git fetch --unshallow`"
        )
    form = ["--format=%x01%H", "--raw", "-z", "--no-renames", "--no-abbrev", "--relative", "-m"]
    listed = _asked(root, "log", *form, commit, "--", f"{folder}/").decode(errors="surrogateescape")
    found: dict[str, Changed] = {}
    name, words = "", iter(listed.split("\0"))
    for word in words:
        if "\x01" in word:
            name = word.strip("\n\x01")[:COMMIT_DIGITS]
        elif word.startswith((":", "\n:")):
            path, blob = next(words), word.split()[3]
            if path.endswith(ending) and blob.strip("0"):
                found.setdefault(blob, Changed(name, PurePosixPath(path), blob))
    return list(found.values())


def contents(root: Path, blobs: Iterable[str]) -> dict[str, bytes]:
    """Returns the bytes of blobs with one git command."""
    wanted = sorted(set(blobs))
    if not wanted:
        return {}
    answer = _asked(root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in wanted))
    found: dict[str, bytes] = {}
    at = 0
    for blob in wanted:
        end = answer.index(b"\n", at)
        header = answer[at:end].split()
        if header[1:2] != [b"blob"]:
            raise RevisionError(
                f"{root}: git has no contents of {blob}; fetch the whole history "
                "(`git fetch --unshallow`)"
            )
        at = end + 1 + int(header[2])
        found[blob] = answer[end + 1 : at]
        at += 1  # the newline that ends a blob
    return found


def _is_shallow(root: Path) -> bool:
    return _asked(root, "rev-parse", "--is-shallow-repository").strip() != b"false"


def _commit(root: Path, revision: str) -> str:
    """Returns the commit of a revision, empty if it does not exist."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return (_run(root, *words) or b"").decode().strip()


def _check_repository(root: Path) -> None:
    if _run(root, "rev-parse", "--git-dir") is None:
        raise RevisionError(
            f"{root} is not in a git repository; name a folder with the old state with --against"
        )


def _asked(root: Path, *words: str, given: str = "") -> bytes:
    answer = _run(root, *words, given=given)
    if answer is None:
        raise RevisionError(f"{root}: `git {' '.join(words)}` failed; run it there to see why")
    return answer


def _run(root: Path, *words: str, given: str = "") -> bytes | None:
    """Returns the output of git, or None if it fails."""
    environment = {
        name: value
        for name, value in settings.inherited_environment().items()
        # Hooks set these variables, and git would read another repository.
        if not name.startswith("GIT_")
    }
    command = ["git", "--no-optional-locks", "--no-replace-objects", "-C", str(root), *words]
    try:
        done = subprocess.run(  # noqa: S603 - git, with words of our own and checked revisions
            command,
            input=given.encode(),
            capture_output=True,
            timeout=GIT_S_MAX,
            check=False,
            env=environment | {"LC_ALL": "C"},
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RevisionError("git is not installed; install it, or use --against FOLDER") from error
    except subprocess.TimeoutExpired as error:
        raise RevisionError(
            f"{root}: git did not finish in {GIT_S_MAX:.0f} s; try again"
        ) from error
    return done.stdout if done.returncode == 0 else None
