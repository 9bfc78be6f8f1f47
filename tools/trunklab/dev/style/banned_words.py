"""Words that must not stand in any tracked file: leftovers, this machine's paths, addresses."""

import re
from collections.abc import Iterator
from typing import Final

from trunklab.dev.style.source_files import Finding, Source

_LEFTOVER: Final = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")  # does not find itself
_MACHINE_PATH: Final = re.compile(r"(?<![\w.-])/(home|Users|root|work|mnt)/\w")
_ADDRESS: Final = re.compile(r"://|--(extra-)?index-url|--find-links|--trusted-host")
_PINNED: Final = re.compile(r"^[a-z0-9-]+==\S+ (; .+ )?\\$")
_IGNORE: Final = re.compile(r"#\s*(noqa|type:\s*ignore)\b(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[.*?\])?")


def leftovers(source: Source) -> Iterator[Finding]:
    """Find notes of work that is not done."""
    for number, word in _matches(source, _LEFTOVER):
        yield source.finding(number, f"a {word} in the tree", "do it, or open an issue")


def machine_paths(source: Source) -> Iterator[Finding]:
    """Find paths that exist on one machine only."""
    for number, path in _matches(source, _MACHINE_PATH):
        yield source.finding(number, f"the path of a machine: {path}", "make it relative")


def loose_locks(source: Source) -> Iterator[Finding]:
    """Find addresses and unpinned or unhashed distributions in lock files."""
    if not source.path.match("locks/*.txt"):
        return
    for number, address in _matches(source, _ADDRESS):
        yield source.finding(number, f"an address: {address}", "`make lock` writes none")
    lines = source.text.splitlines()
    for number, line in enumerate(lines, 1):
        if line and not line.startswith((" ", "#")):
            following = lines[number] if number < len(lines) else ""
            if not (_PINNED.match(line) and following.startswith("    --hash=sha256:")):
                yield source.finding(number, "not pinned by version and hash", "run `make lock`")


def unexplained_ignores(source: Source) -> Iterator[Finding]:
    """Find switched-off checks that do not say why, on the line or in a comment above it."""
    if not source.is_python:
        return
    lines = source.text.splitlines()
    for number, comment in source.comments:
        match = _IGNORE.search(comment)
        above = lines[number - 2].lstrip() if number > 1 else ""
        if match and not _explains(comment[match.end() :]) and not above.startswith("#"):
            yield source.finding(number, f"no reason for {match[0]}", "add ` - why` behind it")


def _explains(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _matches(source: Source, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.text.splitlines(), 1):
        match = pattern.search(line)
        if match:
            yield number, match[0]
