"""An installed distribution is compared with its own record."""

from pathlib import Path

import pytest

from trunklab.dev import install_record

RECORD = """tool/__init__.py,sha256=x,10
"tool/a,b.py",,
tool/__pycache__/__init__.cpython-311.pyc,,
tool-1.0.dist-info/RECORD,,
"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder with one distribution that is as its record says."""
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "__init__.py").write_text("VALUE = 1\n")
    (tmp_path / "tool" / "a,b.py").write_text("")
    (tmp_path / "tool-1.0.dist-info").mkdir()
    (tmp_path / "tool-1.0.dist-info" / "RECORD").write_text(RECORD)
    return tmp_path


def test_a_distribution_as_recorded_is_not_damaged(packages: Path) -> None:
    """Compiled modules may be there or not."""
    assert install_record.find_damage(packages) is None


def test_a_missing_file_is_damage(packages: Path) -> None:
    """It is named as the record names it."""
    (packages / "tool" / "a,b.py").unlink()

    assert install_record.find_damage(packages) == "tool/a,b.py"


def test_another_size_is_damage(packages: Path) -> None:
    """A file cut to nothing is found."""
    (packages / "tool" / "__init__.py").write_text("")

    assert install_record.find_damage(packages) == "tool/__init__.py"


@pytest.mark.parametrize("text", ["", "tool/__init__.py\n", "\n"])
def test_a_damaged_record_is_damage(packages: Path, text: str) -> None:
    """A record that says nothing vouches for nothing."""
    (packages / "tool-1.0.dist-info" / "RECORD").write_text(text)

    assert install_record.find_damage(packages) is not None


def test_a_missing_record_is_damage(packages: Path) -> None:
    """As after an installation that was cut short."""
    (packages / "tool-1.0.dist-info" / "RECORD").unlink()

    assert install_record.find_damage(packages) == "tool-1.0.dist-info/RECORD"
