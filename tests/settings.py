"""What the tests read from the environment."""

import hashlib
import os
from typing import Final

_SEED_BYTES: Final = 4
"""Bytes of a seed: short enough for the name of a test."""


def in_ci() -> bool:
    """Whether this run decides about a change; then nothing may be left out."""
    return bool(os.environ.get("CI"))


def is_verify() -> bool:
    """True if this run is part of `make verify`, which takes its time."""
    return os.environ.get("TRUNKLINE_VERIFY") == "1"


def examples(few: int, many: int) -> int:
    """Returns how many random examples a test tries: many in `make verify`, else few."""
    return many if is_verify() else few


def seed_text() -> str:
    """Returns the text that all random examples derive from; `.ci/run` sets the commit id."""
    return os.environ.get("TRUNKLINE_SEED", "0")


def seed() -> int:
    """Returns the number that all random examples derive from."""
    return int.from_bytes(hashlib.sha256(seed_text().encode()).digest()[:_SEED_BYTES])


def seeds(few: int, many: int) -> range:
    """Returns a seed for each example of a test that draws them itself."""
    return range(seed(), seed() + examples(few, many))


def forget_import_path() -> None:
    """Take PYTHONPATH back, which pytest-xdist gives its workers and so all that tests start."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.pop("PYTHONPATH", None)
