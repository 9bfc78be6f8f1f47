"""Random tests: few examples, many in `make verify`, and the same ones for the same seed.

Tests that carry the mark `long_run` themselves take minutes, and only `make verify` runs them. Of
those with the mark `sampled`, which start much and repeat what others show, other runs try a part;
the seed selects it.
"""

import hashlib
from typing import Final

import hypothesis
import pytest

from tests import settings

FEW: Final = 50
MANY: Final = 1_000
"""Examples of a test with Hypothesis that does not say otherwise."""

SAMPLED_OF: Final = 8
"""One of so many sampled tests runs outside `make verify`."""


@pytest.hookimpl(tryfirst=True)  # before Hypothesis reads its options, so that those given win
def pytest_configure(config: pytest.Config) -> None:
    """Loads the profile. Hypothesis's own for CI would try the same examples for every commit."""
    config.addinivalue_line(
        "markers", "long_run: tries more examples with TRUNKLINE_VERIFY=1, or is run only with it"
    )
    config.addinivalue_line(
        "markers", f"sampled: one of {SAMPLED_OF} runs, all with TRUNKLINE_VERIFY=1"
    )
    hypothesis.settings.register_profile(
        "trunkline",
        max_examples=settings.examples(FEW, MANY),
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=True,
        suppress_health_check=[
            hypothesis.HealthCheck.too_slow,  # a busy machine is no fault of the test
            hypothesis.HealthCheck.function_scoped_fixture,  # examples use keys of their own
        ],
    )
    hypothesis.settings.load_profile("trunkline")
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(settings.seed())


def pytest_report_header() -> str:
    """Returns what repeats this run's random examples."""
    verify = "TRUNKLINE_VERIFY=1 " if settings.is_verify() else ""
    return f"random examples: {verify}TRUNKLINE_SEED={settings.seed_text()}"


@pytest.hookimpl(tryfirst=True)  # before -m selects by the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks the tests that try more examples in `make verify`; leaves out those only for it."""
    if not settings.is_verify():
        left_out = [item for item in items if _is_left_out(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if isinstance(item, pytest.Function) and _has_long_run(item):
            item.add_marker(pytest.mark.long_run)


def _is_left_out(item: pytest.Item) -> bool:
    if item.get_closest_marker("sampled"):
        digest = hashlib.sha256(f"{settings.seed_text()} {item.nodeid}".encode()).digest()
        return digest[0] % SAMPLED_OF != 0
    return item.get_closest_marker("long_run") is not None


def _has_long_run(item: pytest.Function) -> bool:
    if item.get_closest_marker("sampled"):
        return True
    counts = (settings.examples, settings.seeds)
    counted = any(value in counts for value in vars(item.module).values() if callable(value))
    return counted or hasattr(item.obj, "hypothesis")
