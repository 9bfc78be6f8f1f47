"""Keeps the house: the whole repository follows every rule of trunklab.dev.style."""

from collections.abc import Sequence

import pytest

from trunklab import settings
from trunklab.dev.style import broad_excepts, seams
from trunklab.dev.style.source_files import Source, read_sources
from trunklab.dev.style.style_checks import CHECKS


@pytest.fixture(scope="module")
def sources() -> Sequence[Source]:
    """Every text file that git tracks or would add."""
    return read_sources(settings.REPOSITORY)


@pytest.mark.parametrize("check", CHECKS)
def test_the_repository_is_tidy(check: str, sources: Sequence[Source]) -> None:
    """No file breaks the rule; each finding names place, reason and remedy."""
    findings = "\n".join(str(finding) for finding in CHECKS[check](sources))

    assert findings == ""


def test_the_checks_see_the_whole_repository(sources: Sequence[Source]) -> None:
    """A check over nothing would always pass."""
    tops = {source.path.parts[0] for source in sources if source.is_python}

    assert tops >= {"schemas", "services", "shared", "tests", "tools"}


@pytest.mark.parametrize("path", seams.OTHER_SEAMS)
def test_an_agreed_seam_is_still_needed(path: str, sources: Sequence[Source]) -> None:
    """An exception to a rule goes when its reason is gone."""
    text = next(source.text for source in sources if str(source.path) == path)

    assert list(seams.outside_seams(Source("elsewhere.py", text)))


@pytest.mark.parametrize("path", broad_excepts.CATCHES_ALL)
def test_an_agreed_broad_except_is_still_needed(path: str, sources: Sequence[Source]) -> None:
    """An exception to a rule goes when its reason is gone."""
    text = next(source.text for source in sources if str(source.path) == path)

    assert list(broad_excepts.broad_excepts(Source("elsewhere.py", text)))
