"""Local platforms for tests: real ones, on free ports, stopped with everything they started."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trunklab.errors import EnvironmentMissingError
from trunklab.local.platform import Platform, Wanted, repository_templates, running


@contextmanager
def started(*templates: Path) -> Iterator[Platform]:
    """Run a platform with these templates; without its environments skip (in CI: fail)."""
    try:
        with running(Wanted(templates, port=0)) as platform:
            yield platform
    except EnvironmentMissingError as error:
        pytest.skip(str(error))  # tests/skips.py makes it a failure in CI


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The platform with all templates of the repository, one for the whole session."""
    with started(*repository_templates()) as one:
        yield one
