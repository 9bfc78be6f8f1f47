"""The tables of docs/patterns.md, row by row."""

import json
import re
from collections.abc import Iterable, Iterator

import pytest

from trunklab import settings
from trunklab.patterns import InvalidPatternError, Pattern, RuleSet
from trunklab.patterns import operators as pattern_operators

GUIDE = (settings.REPOSITORY / "docs" / "patterns.md").read_text("utf-8")


def rows(*head: str) -> Iterator[list[str]]:
    """Every row of the tables with this head, without the marks of code."""
    wanted: list[str] | None = None
    for line in GUIDE.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            wanted = None
        elif wanted is None:
            wanted = cells
        elif wanted == list(head) and not cells[0].startswith("---"):
            yield [cell.replace(r"\|", "|").strip("`") for cell in cells]


def event(value: str) -> str:
    """An event with one field, or without it."""
    return "{}" if value == "(absent)" else f'{{"x": {value}}}'


EXAMPLES = [
    *((pattern, yes, no) for pattern, yes, no in rows("pattern", "matches", "does not match")),
    *(
        (f'{{"x": [{entry}]}}', event(yes), event(no))
        for entry, yes, no, _ in rows("entry", "matches", "does not match", "refused")
    ),
]
REFUSED = [row[-1] for row in rows("entry", "matches", "does not match", "refused")]
REASONS = [(pattern, reason) for pattern, reason in rows("pattern", "reason")]


def test_the_tables_are_found() -> None:
    """Tests over nothing would always pass."""
    assert (len(EXAMPLES) > 60, len(REFUSED) > 35, len(REASONS) > 40) == (True, True, True)


def operators(entries: Iterable[str]) -> set[str]:
    """The operators of entries, with those inside them and the comparisons."""
    found = set()
    for entry in entries:
        ((operator, operand),) = list(json.loads(entry).items())[:1]
        found.add(operator)
        if operator == "numeric" and isinstance(operand, list):
            found |= {f"numeric {one}" for one in operand[::2]}
        elif isinstance(operand, dict):
            found |= {f"{operator} {one}" for one in operand}
        elif operator == "anything-but" and isinstance(operand, str | int | list):
            found.add(f"anything-but {type(operand).__name__}")
    return found


EVERY_OPERATOR = {
    *pattern_operators.OPERATORS,
    *(f"anything-but {one}" for one in (*pattern_operators.NEGATED, "str", "int", "list")),
    *(f"numeric {one}" for one in ("=", "<", "<=", ">", ">=")),
    *("prefix equals-ignore-case", "suffix equals-ignore-case"),
}


def test_every_operator_has_examples_of_all_three_kinds() -> None:
    """A row has one that matches, one that does not and one that is refused."""
    table = list(rows("entry", "matches", "does not match", "refused"))

    assert operators(row[0] for row in table) >= EVERY_OPERATOR
    assert operators(row[3] for row in table) >= {*pattern_operators.OPERATORS}
    assert all(all(row) for row in table)


@pytest.mark.parametrize(("pattern", "yes", "no"), EXAMPLES)
def test_an_example_does_what_the_guide_says(pattern: str, yes: str, no: str) -> None:
    """Text, bytes and trees alike, alone and in a rule set."""
    parsed = Pattern.parse(pattern)
    rules = RuleSet({"rule": parsed})

    assert (parsed.matches(yes), parsed.matches(no)) == (True, False)
    assert (parsed.matches(json.loads(yes)), parsed.matches(no.encode())) == (True, False)
    assert (rules.match(yes.encode()), rules.match(no.encode())) == (["rule"], [])


@pytest.mark.parametrize("entry", REFUSED)
def test_a_refused_entry_is_refused_with_its_place(entry: str) -> None:
    """The place leads to the entry in the leaf's array."""
    with pytest.raises(InvalidPatternError) as refused:
        Pattern.parse(f'{{"x": [1, {entry}]}}')

    assert refused.value.place == "x[1]"


@pytest.mark.parametrize(("pattern", "reason"), REASONS)
def test_a_refused_pattern_has_the_reason_of_aws(pattern: str, reason: str) -> None:
    """The first line is AWS's, word by word."""
    with pytest.raises(InvalidPatternError) as refused:
        Pattern.parse(pattern)

    first_line = str(refused.value).splitlines()[0]
    assert first_line == f"Event pattern is not valid. Reason: {reason}"
