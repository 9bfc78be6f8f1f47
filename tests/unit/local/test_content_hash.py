"""Equal folders have equal hashes and equal zips; what no source is does not count."""

import os
import zipfile
from pathlib import Path

import pytest

from trunklab.local.deploy import function_build
from trunklab.templates.declared_handlers import source_files


def _fill(folder: Path, content: str = "1") -> Path:
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "a.py").write_text(content)
    (folder / "b.txt").write_text("b")
    return folder


def _digest(folder: Path) -> str:
    return function_build.content_hash(folder, source_files(folder))


def test_equal_folders_have_equal_hashes(tmp_path: Path) -> None:
    """Wherever they lie and whenever they were written."""
    one, other = _fill(tmp_path / "one"), _fill(tmp_path / "other")
    os.utime(other / "b.txt", (1, 1))

    assert _digest(one) == _digest(other)


@pytest.mark.parametrize("change", ["content", "name", "mode", "more"])
def test_every_change_of_a_source_changes_the_hash(tmp_path: Path, change: str) -> None:
    """Content, name, executable bit, number of files."""
    folder = _fill(tmp_path / "folder")
    before = _digest(folder)
    match change:
        case "content":
            (folder / "b.txt").write_text("c")
        case "name":
            (folder / "b.txt").rename(folder / "c.txt")
        case "mode":
            (folder / "b.txt").chmod(0o755)
        case _:
            (folder / "c.txt").write_text("b")

    assert _digest(folder) != before


@pytest.mark.parametrize("name", [".git", ".venv", "__pycache__", "node_modules"])
def test_generated_and_hidden_folders_do_not_count(tmp_path: Path, name: str) -> None:
    """They change without the source changing."""
    folder = _fill(tmp_path / "folder")
    before = _digest(folder)
    (folder / name).mkdir()
    (folder / name / "x").write_text("x")

    assert _digest(folder) == before


def test_a_zip_depends_on_content_only(tmp_path: Path) -> None:
    """Fixed order and dates; the executable bit stays."""
    one, other = _fill(tmp_path / "one"), _fill(tmp_path / "other")
    for folder in (one, other):
        (folder / "b.txt").chmod(0o755)
        function_build.write_zip(folder, tmp_path / f"{folder.name}.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["b.txt", "package/a.py"]
        assert archive.getinfo("b.txt").external_attr >> 16 == 0o755
