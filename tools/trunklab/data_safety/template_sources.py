"""Files of a checkout or of a git revision, and the templates among them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from trunklab.contracts import git_files
from trunklab.contracts.compatibility.baseline import is_folder
from trunklab.templates.repository import TEMPLATE_NAMES, templates_in


@dataclass(frozen=True)
class Files:
    """One state of a repository."""

    name: str
    templates: tuple[PurePosixPath, ...]
    """Templates that are deployed as stacks of their own."""
    read: Callable[[PurePosixPath], bytes]
    """Returns the content of a file; raises OSError."""


def in_folder(root: Path, name: str = "") -> Files:
    """Returns the files of a folder as they are; raises UsageError without a template."""
    return Files(name, tuple(templates_in(root)), lambda path: (root / path).read_bytes())


def at_revision(root: Path, revision: str) -> Files:
    """Returns the files of a git revision; raises RevisionError."""
    blobs = git_files.tree(root, revision)

    def read(path: PurePosixPath) -> bytes:
        if path not in blobs:
            raise FileNotFoundError(0, "there is no such file")
        return git_files.contents(root, [blobs[path]])[blobs[path]]

    name = (
        revision[: git_files.COMMIT_DIGITS]
        if git_files.resolve(root, revision) == revision
        else revision
    )
    return Files(name, tuple(filter(_is_deployed, blobs)), read)


def released(root: Path, against: str | None) -> Files | None:
    """Returns the state to compare with, None if HEAD is the first commit of all.

    That is what `against` names; else the last tag; else where HEAD left main; on main itself the
    commit before HEAD. Raises RevisionError, and UsageError for a folder without a template.
    """
    if against is None:
        revision = _last_released(root)
        return at_revision(root, revision) if revision else None
    if against and is_folder(Path(against)) and not git_files.has(root, against):
        return in_folder(Path(against), against)
    return at_revision(root, against)


def _last_released(root: Path) -> str | None:
    head = git_files.resolve(root, "HEAD")
    tag = git_files.last_tag(root)
    if tag is not None:
        return tag
    base = git_files.merge_base(root, git_files.main_branch(root))
    return base if base != head else git_files.first_parent(root)


def _is_deployed(path: PurePosixPath) -> bool:
    folders = path.parent.parts
    return path.name in TEMPLATE_NAMES and (not folders or folders[:-1] == ("services",))
