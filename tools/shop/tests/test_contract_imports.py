"""A function that imports one domain's contracts pays for that domain alone."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
LIST_MODULES = "import sys, {}; print(*sys.modules)"


def imported_by(module: str) -> set[str]:
    """Return every module that a fresh interpreter has after the import."""
    command = [sys.executable, "-c", LIST_MODULES.format(module)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter and words
    return set(run.stdout.split())


@pytest.mark.parametrize(
    ("module", "other"), [("schemas.orders", "payments"), ("schemas.payments", "orders")]
)
def test_a_domain_imports_no_other_domain(module: str, other: str) -> None:
    """The list of all contracts is imported by who asks for it."""
    assert f"schemas.{other}" not in imported_by(module)


def test_contracts_need_nothing_but_pydantic() -> None:
    """They ship into every function."""
    added = imported_by("schemas.orders") - imported_by("pydantic.main, pydantic.types")

    packages = {name.partition(".")[0] for name in added} - sys.stdlib_module_names
    assert packages <= {"schemas", "pydantic"}
