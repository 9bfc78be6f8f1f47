"""On which line of a template each character of a text stands."""

import re
from typing import Final

import yaml

from trunklab.templates.placed import Text

_TAG: Final = re.compile(r"!\S*\s*")
_BLOCK_HEADER: Final = re.compile(r"[|>][^\n]*\n")
_NOT_IN_THE_VALUE: Final = frozenset("\\\"'")
"""What YAML writes around and within quoted texts."""


def text_of(node: yaml.ScalarNode, source: str) -> Text:
    """The text of a scalar, whatever its style: each character is looked up in the template."""
    value = str(node.value)
    first = node.start_mark.line + 1
    if node.start_mark.line == node.end_mark.line:
        return Text(value, (first,) * len(value))
    raw = source[node.start_mark.index : node.end_mark.index]
    found = _aligned(value, raw, first)
    return Text(value, found or (first,) * len(value))


def _aligned(value: str, raw: str, line: int) -> tuple[int, ...] | None:
    """Walk through both at once; white space may differ, as folding changes it."""
    place = 0
    for skipped in (_TAG, _BLOCK_HEADER):
        head = skipped.match(raw, place)
        if head:
            line += head[0].count("\n")
            place = head.end()
    found: list[int] = []
    for character in value:
        if character.isspace():
            found.append(line)
            continue
        while place < len(raw) and raw[place] != character:
            if not raw[place].isspace() and raw[place] not in _NOT_IN_THE_VALUE:
                return None
            line += raw[place] == "\n"
            place += 1
        found.append(line)
        place += 1
    return tuple(found)
