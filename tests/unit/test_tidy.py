"""The whole repository follows every rule of trunklab.dev.style."""

from collections.abc import Sequence

import pytest

from trunklab import settings
from trunklab.dev.style.source_files import Source, read_sources
from trunklab.dev.style.style_checks import CHECKS


@pytest.fixture(scope="module")
def sources() -> Sequence[Source]:
    """Every text file that git tracks or would add."""
    return read_sources(settings.REPOSITORY)


@pytest.mark.sampled
@pytest.mark.parametrize("check", CHECKS)
def test_the_repository_is_tidy(check: str, sources: Sequence[Source]) -> None:
    """No file breaks the rule; each finding names place, reason and fix."""
    findings = "\n".join(str(finding) for finding in CHECKS[check](sources))

    assert findings == ""


def test_the_checks_see_the_whole_repository(sources: Sequence[Source]) -> None:
    """A check over nothing would always pass."""
    tops = {source.path.parts[0] for source in sources if source.is_python}

    assert tops >= {"schemas", "services", "shared", "tests", "tools"}
