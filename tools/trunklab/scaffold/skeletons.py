"""The text files beside this module: what `trunkline new` writes, with names left open.

`=== path` begins a file, `@name@` is a name, and a line that begins with `@producer@` or `@stores@`
is kept for a service that publishes, or for a consumer that only stores.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

_FILE = re.compile(r"^=== (?P<path>\S+)\n(?P<text>.*?)(?=^=== |\Z)", re.MULTILINE | re.DOTALL)
_OPEN = re.compile(r"@([A-Za-z_]+)@\n?")


def filled(skeleton: str, words: Mapping[str, str], kept: str) -> dict[PurePosixPath, str]:
    """Returns the text of each file of a skeleton; `kept` is the kind of optional lines to keep."""
    text = Path(__file__).with_name(f"{skeleton}_files.txt").read_text("utf-8")
    chosen = "".join(_chosen(text.splitlines(keepends=True), kept))

    def word(match: re.Match[str]) -> str:
        value = words[match[1]]
        return value + ("\n" if match[0].endswith("\n") and value else "")

    files = _FILE.finditer(_OPEN.sub(word, chosen))
    return {PurePosixPath(file["path"]): file["text"] for file in files}


def _chosen(lines: list[str], kept: str) -> Iterator[str]:
    for line in lines:
        optional = re.match(r"@(producer|stores)@", line)
        if optional is None:
            yield line
        elif optional[1] == kept:
            yield line[optional.end() :]
