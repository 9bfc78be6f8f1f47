"""The committed files are those that the contracts ask for."""

from pathlib import Path

from schemas import CONTRACTS
from trunklab.contracts.export import stale_files

REPOSITORY = Path(__file__).resolve().parents[2]


def test_no_generated_file_is_stale() -> None:
    """After a change of a contract: trunkline schemas export."""
    stale = [change.path.as_posix() for change in stale_files(REPOSITORY, CONTRACTS)]

    assert not stale, "run trunkline schemas export"
