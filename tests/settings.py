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


def examples(few: int, many: int) -> int:
    """Returns how many random examples a property is tested with: many in `make verify`."""
    return many if os.environ.get("TRUNKLINE_VERIFY") == "1" else few


def seed() -> int:
    """Returns the seed of random examples; another one draws other examples."""
    return int(os.environ.get("TRUNKLINE_SEED", "0"))


def forget_import_path() -> None:
    """Take PYTHONPATH back, which pytest-xdist gives its workers and so all that tests start."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.pop("PYTHONPATH", None)
