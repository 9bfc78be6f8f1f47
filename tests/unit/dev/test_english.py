"""The number of unidiomatic phrases may only fall."""

import pytest

from trunklab.dev.style.english import find_phrases, too_many_phrases
from trunklab.dev.style.source_files import Source

PAGE = "docs/page.md"


@pytest.mark.parametrize(
    "text",
    [
        "It mends the template.",
        "Mend the template.",
        "The log tells of a failure.",
        "The guide says of it",
        "Who hears this event",
        "The key stands for an order.",
        "The reason stands in the log.",
        "duplicate, passed over",
        "gave up an event",
        "gives up a message",
        "is no time",
        "there are none",
        '"""Whether it fits."""',
        '"""What a rule is."""',
        '"""Who publishes."""',
        '"""How to answer."""',
    ],
)
def test_an_unidiomatic_phrase_is_found(text: str) -> None:
    """One finding each, with its line."""
    findings = list(find_phrases([Source(PAGE, f"# Title\n\n{text}\n")]))

    assert [(str(finding.path), finding.line) for finding in findings] == [(PAGE, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "It is no longer there. Recommended; amendment.",
        "Describes the page, and whether it fits. What it does, who calls it.",
        '"""Whatever the handler returns."""',
        "It listens for a signal.",
    ],
)
def test_plain_english_is_accepted(text: str) -> None:
    """Parts of words and sentences with the same words are not phrases."""
    assert not list(find_phrases([Source(PAGE, text)]))


def test_tests_and_the_list_itself_are_not_searched() -> None:
    """They must name the phrases."""
    paths = ["tests/unit/test_it.py", "tools/trunklab/dev/style/english.py"]

    assert not list(find_phrases([Source(path, "mend") for path in paths]))


def test_more_phrases_than_before_are_all_named() -> None:
    """The author sees the new ones among them, and the number."""
    findings = [str(one) for one in too_many_phrases([Source(PAGE, "mend, mend")], left=1)]

    assert len(findings) == len(["mend", "mend", "number"])
    assert "2 phrases, PHRASES_LEFT is 1" in findings[-1]


def test_fewer_phrases_than_before_lower_the_number() -> None:
    """Otherwise new ones could take the place of those that were removed."""
    findings = [str(one) for one in too_many_phrases([Source(PAGE, "mend")], left=2)]

    assert len(findings) == 1
    assert findings[0].endswith("-> set it to 1")


def test_as_many_phrases_as_before_are_accepted() -> None:
    """The number is exact."""
    assert not list(too_many_phrases([Source(PAGE, "mend")], left=1))
