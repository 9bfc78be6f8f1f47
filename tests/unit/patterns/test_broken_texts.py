"""Texts of events with bytes changed at random: one rule and many read them alike."""

import json
from random import Random

import pytest

from tests.settings import seeds
from tests.unit.patterns import drawn
from trunklab.patterns import InvalidEventError, Pattern, RuleSet

CHANGES_MAX = 3
PIECES = (
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\xff", b"\xc3", b"\x00", b" "),
    *(b"0", b"-", b".", b"1e5", b"NaN", b"tru", b"\\u12", b"\\ud800", b'"a":1,', b'"a.b":[],'),
)


def broken(random: Random, text: bytes) -> bytes:
    """The text with some bytes replaced, removed, put in or doubled."""
    found = bytearray(text)
    for _ in range(random.randint(1, CHANGES_MAX)):
        place, length = random.randrange(len(found)), random.randrange(12)
        piece = random.choice([b"", *PIECES, bytes(found[place : place + length])])
        found[place : place + random.choice([0, 0, 1, length])] = piece
        found = found or bytearray(b"{")
    return bytes(found)


def answer(rules: RuleSet | Pattern, text: bytes | str) -> object:
    """What matches, or that the text is no event."""
    try:
        return rules.match(text) if isinstance(rules, RuleSet) else rules.matches(text)
    except InvalidEventError:
        return "refused"


@pytest.mark.parametrize("decode", [False, True])
def test_one_rule_and_many_read_a_broken_text_alike(decode: bool) -> None:  # noqa: FBT001 - bytes or text
    """Also where what is broken lies in a field that no rule reads."""
    outcomes: set[object] = set()
    for seed in seeds(500, 5_000):
        random = Random(seed)  # noqa: S311 - examples, not secrets
        event = drawn.an_event(random)
        trees = [drawn.a_pattern_about(random, event), drawn.a_pattern(random)]
        patterns = {str(number): Pattern.parse(tree) for number, tree in enumerate(trees)}
        rules = RuleSet(patterns)
        text = broken(random, json.dumps(event, ensure_ascii=seed % 2 == 0).encode())
        given = text.decode(errors="surrogateescape") if decode else text

        alone = {name: answer(pattern, given) for name, pattern in patterns.items()}

        refused = "refused" in alone.values()
        expected = "refused" if refused else [name for name, taken in alone.items() if taken]
        assert answer(rules, given) == expected, given
        outcomes.add("refused" if refused else bool(expected))

    assert outcomes == {"refused", True, False}
