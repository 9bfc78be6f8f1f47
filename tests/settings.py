"""What the tests read from the environment."""

import os


def in_ci() -> bool:
    """Whether this run decides about a change; then nothing may be left out."""
    return bool(os.environ.get("CI"))


def rule_pairs() -> int:
    """How many random pairs of pattern and event the rules engine is compared over."""
    return int(os.environ.get("TRUNKLINE_RULE_PAIRS", "2000"))


def schema_pairs() -> int:
    """How many random pairs of contract versions are compared and executed."""
    return int(os.environ.get("TRUNKLINE_SCHEMA_PAIRS", "150"))


def forget_import_path() -> None:
    """Take PYTHONPATH back, which pytest-xdist gives its workers and so all that tests start."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.pop("PYTHONPATH", None)
