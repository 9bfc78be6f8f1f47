"""Texts that are equal but for their case: letter by letter, over every letter there is."""

import sys

import pytest

from trunklab.patterns import ignore_case

CASED = [one for one in map(chr, range(sys.maxunicode + 1)) if one.lower() != one.upper()]


def test_texts_that_are_equal_but_for_their_case_have_one_key() -> None:
    """Otherwise looking them up would miss what comparing them finds."""
    for letter in CASED:
        forms = {letter.lower(), letter.upper()}
        assert {ignore_case.key(form) for form in forms} == {ignore_case.key(letter)}


PAIRS = [
    ("shop", "SHOP", True),
    ("SHOP", "shop", True),
    ("ß", "SS", True),
    ("ß", "ß", True),
    ("ss", "ß", False),
    ("É", "é", True),
    ("É", "E\N{COMBINING ACUTE ACCENT}", False),
    ("x", "xx", False),
    ("", "", True),
    ("", "x", False),
    ("a.c", "ABC", False),
    ("[", "[", True),
]


@pytest.mark.parametrize(("pattern", "text", "equal"), PAIRS)
def test_each_letter_of_the_pattern_stands_for_both_its_forms(
    pattern: str,
    text: str,
    equal: bool,  # noqa: FBT001 - the expected answer
) -> None:
    """Nothing is normalised, and nothing in a pattern is special."""
    assert ignore_case.equals(pattern, text) is equal
    assert ignore_case.starts(pattern, f"{text}-") is (equal or text == pattern * 2 or not pattern)
    assert ignore_case.ends(pattern, f"-{text}") is (equal or text == pattern * 2 or not pattern)
