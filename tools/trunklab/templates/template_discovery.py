"""Finds the SAM and CloudFormation templates of a repository, and names the service of each."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab.errors import UsageError
from trunklab.templates.errors import TopologyError
from trunklab.templates.opened import PLATFORM
from trunklab.templates.template_limits import TEMPLATE_BYTES_MAX

TEMPLATES_MAX: Final = 2_000
"""Templates of one repository: ours."""

TEMPLATE_NAMES: Final = ("template.yaml", "template.yml", "template.json")
"""Names that only templates have: such a file is read, or reported as unreadable."""

IGNORE_FILE: Final = ".trunklineignore"
"""Patterns of files and folders to skip, one on each line, relative to its own folder."""

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json", ".template"})
_SKIPPED: Final = frozenset({"node_modules", "cdk.out"})
"""Folders of copies and of other people's templates; hidden folders are skipped too."""

_SECTION: Final = re.compile(rb"""^["']?Resources["']?\s*:""", re.MULTILINE)
_KIND: Final = re.compile(rb"""\bType["']?\s*:\s*["']?(AWS|Alexa|Custom)::""")
_JSON_KIND: Final = re.compile(rb'"Type"\s*:\s*"(AWS|Alexa|Custom)::')


def found_templates(root: Path) -> list[PurePosixPath]:
    """Returns every template below a folder: its own, then those of its subfolders, by path.

    Raises UsageError if the folder does not exist or if there are too many templates.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder: give the repository's with --root")
    found = sorted(_below(root), key=lambda path: (len(path.parts) > 1, path))
    if len(found) > TEMPLATES_MAX:
        raise TopologyError(root.name, f"more than {TEMPLATES_MAX} templates", "check a part of it")
    return found


def service_names(paths: Iterable[PurePosixPath]) -> dict[PurePosixPath, str]:
    """Returns a unique name for each template: its folder's, or its path without the suffix."""
    short = {
        path: (path.parent.name or PLATFORM)
        if path.name in TEMPLATE_NAMES
        else path.with_suffix("").as_posix()
        for path in paths
    }
    counts = Counter(short.values())
    return {path: name if counts[name] == 1 else path.as_posix() for path, name in short.items()}


def _below(root: Path) -> Iterator[PurePosixPath]:
    patterns = _ignored(root)
    for folder, folders, names in os.walk(root):
        place = PurePosixPath(Path(folder).relative_to(root).as_posix())
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not _matches(place / name, patterns)
        )
        # A folder with the name of a template would be a silent gap.
        for name in (*names, *(name for name in folders if name in TEMPLATE_NAMES)):
            path = place / name
            if (
                path.suffix in _SUFFIXES
                and not _matches(path, patterns)
                and (name in TEMPLATE_NAMES or _is_template(root / path))
            ):
                yield path


def _ignored(root: Path) -> list[str]:
    try:
        lines = (root / IGNORE_FILE).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise UsageError(f"{IGNORE_FILE} cannot be read: {error}; write UTF-8 text") from error
    stripped = (line.strip() for line in lines)
    return [line.strip("/") for line in stripped if line and not line.startswith("#")]


def _matches(path: PurePosixPath, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path.as_posix(), pattern) for pattern in patterns)


def _is_template(path: Path) -> bool:
    """True if a file looks like a template; a file that looks so and is broken is reported."""
    try:
        with path.open("rb") as file:
            content = file.read(TEMPLATE_BYTES_MAX + 1) if path.is_file() else b""
    except OSError:
        return False  # neither its name nor its content says that it is a template
    if path.suffix != ".json" and not content.lstrip().startswith(b"{"):
        return bool(_SECTION.search(content) and _KIND.search(content))
    if not _JSON_KIND.search(content) or b'"Resources"' not in content:
        return False
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return True
    return isinstance(body, dict) and isinstance(body.get("Resources"), dict)
