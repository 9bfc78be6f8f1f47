"""Packages are built by the rule of `sam build`, for this machine, and only when needed."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from trunklab.errors import BuildError
from trunklab.local import environments
from trunklab.local.deploy import package_cache as packages
from trunklab.local.deploy.function_code import Function
from trunklab.local.deploy.package_cache import Package, package

MAKEFILE = """
build-%:
\tpwd > "$(ARTIFACTS_DIR)/where.txt"
\techo "$@ [$(FUNCTION_PLATFORM)] $(FUNCTION_PYTHON)" > "$(ARTIFACTS_DIR)/how.txt"
\techo "VALUE = 1" > "$(ARTIFACTS_DIR)/module.py"
"""


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_CACHE", tmp_path_factory.mktemp("cache"))


def _function(folder: Path, logical_id: str = "F", **metadata: Any) -> Function:
    (folder / "src").mkdir(parents=True, exist_ok=True)
    return Function(folder / "template.yaml", logical_id, "python3.13", folder / "src", metadata)


def _makefile_function(folder: Path, **metadata: Any) -> Function:
    function = _function(folder, BuildMethod="makefile", **metadata)
    (folder / metadata.get("ContextPath", "src") / "Makefile").write_text(MAKEFILE)
    return function


def _read(one: Package, name: str) -> str:
    with zipfile.ZipFile(one.path) as archive:
        return archive.read(name).decode().strip()


def _names(one: Package) -> list[str]:
    with zipfile.ZipFile(one.path) as archive:
        return archive.namelist()


def test_make_is_told_that_the_package_is_for_this_machine(tmp_path: Path) -> None:
    """No platform, and the interpreter that functions run on."""
    made = package(_makefile_function(tmp_path))

    python = environments.find("lambda").python
    assert _read(made, "how.txt") == f"build-F [] {python}"


def test_make_runs_in_the_declared_directory(tmp_path: Path) -> None:
    """Relative to the template, as SAM has it; the Makefile may lie elsewhere."""
    function = _makefile_function(tmp_path / "service", WorkingDirectory="..", ContextPath=".")

    assert _read(package(function), "where.txt") == str(tmp_path)


def test_without_a_declared_directory_make_runs_in_a_copy(tmp_path: Path) -> None:
    """So that a build never writes into the sources."""
    function = _makefile_function(tmp_path)
    (function.code / "Makefile").write_text(MAKEFILE + "\ttouch left-behind.txt\n")

    made = package(function)

    assert not _read(made, "where.txt").startswith(str(tmp_path))
    assert not (tmp_path / "src" / "left-behind.txt").exists()


def test_a_package_holds_its_modules_compiled(tmp_path: Path) -> None:
    """Every worker of a function would compile them again otherwise."""
    assert any(name.endswith(".pyc") for name in _names(package(_makefile_function(tmp_path))))


def test_what_did_not_change_is_not_built_again(tmp_path: Path) -> None:
    """Until something changes that the build reads, also outside the function's own folder."""
    function = _makefile_function(tmp_path / "service", WorkingDirectory="..", ContextPath=".")
    (tmp_path / "library.py").write_text("a = 1")

    first, second = package(function), package(function)
    (tmp_path / "library.py").write_text("a = 2")
    third = package(function)

    assert (first.built, second.built, third.built) == (True, False, True)
    assert first.path == second.path


def test_functions_with_the_same_content_share_a_package(tmp_path: Path) -> None:
    """Their names do not matter, nor when they were built."""
    one, other = _function(tmp_path, "One"), _function(tmp_path, "Other")
    (tmp_path / "src" / "app.py").write_text("x = 1")

    assert package(one).key == package(other).key


def test_without_a_build_method_requirements_are_installed(tmp_path: Path) -> None:
    """Beside the function's own modules, for the interpreter that functions run on."""
    wheel = tmp_path / "greeting-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("greeting.py", "HELLO = 'hello'\n")
        described = "greeting-1.0.dist-info"
        archive.writestr(
            f"{described}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n"
        )
        archive.writestr(f"{described}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{described}/RECORD", "")
    function = _function(tmp_path)
    (tmp_path / "src" / "app.py").write_text("import greeting")
    (tmp_path / "src" / "requirements.txt").write_text(f"greeting @ {wheel.as_uri()}\n")

    assert {"app.py", "greeting.py"} <= set(_names(package(function)))


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"BuildMethod": "esbuild"}, "BuildMethod esbuild is not built locally"),
        ({"BuildMethod": "makefile"}, "missing Makefile in"),
        ({"BuildMethod": "makefile", "ContextPath": "gone"}, "missing Makefile in"),
    ],
)
def test_a_build_that_cannot_be_done_names_the_function(
    tmp_path: Path, metadata: dict[str, Any], said: str
) -> None:
    """With the template's path in front."""
    with pytest.raises(BuildError, match=f"template.yaml: function F: {said}"):
        package(_function(tmp_path, **metadata))


def test_a_failing_installation_shows_the_installer_s_last_words(tmp_path: Path) -> None:
    """It knows best which requirement is wrong."""
    function = _function(tmp_path)
    (tmp_path / "src" / "requirements.txt").write_text("not a requirement !\n")

    with pytest.raises(BuildError, match=r"`uv` failed:\n(?s:.)*requirements.txt"):
        package(function)
