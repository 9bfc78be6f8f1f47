"""Tests that the walk over a package's imports finds what would fail on AWS, and only that."""

from pathlib import Path

import pytest

from tests.integration.templates.import_walk import Package, Walk

Code = dict[str, str]


def walk(folder: Path, code: Code) -> Walk:
    """Walk from `shop.handler` through a package of this code; `runtime` brings `boto3`."""
    package, runtime = folder / "package", folder / "runtime"
    for path, text in {"shop/__init__.py": "", **code}.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(text, encoding="utf-8")
    (runtime / "boto3").mkdir(parents=True)
    (runtime / "boto3" / "__init__.py").touch()
    return Package(package, runtime, frozenset({"shop"})).walk("shop.handler")


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ({"shop/handler.py": "import gone"}, "shop.handler:1 imports gone"),
        ({"shop/handler.py": "from shop import domain\nimport shop.gone"}, "shop.gone"),
        ({"shop/handler.py": "from . import a\nfrom .b import c"}, "shop.b"),
        ({"shop/handler.py": "from boto3.gone import x"}, "boto3.gone"),
        ({"shop/handler.py": "import cgi"}, "cgi"),
        ({"shop/handler.py": "import distutils.util"}, "distutils"),
        ({"shop/handler.py": "def later():\n    import gone"}, "gone"),
        ({"shop/handler.py": "class C:\n    import gone"}, "gone"),
        ({"shop/handler.py": "with x:\n    for y in z:\n        import gone"}, "gone"),
        ({"shop/handler.py": "if TYPE_CHECKING:\n    import a\nelse:\n    import gone"}, "gone"),
        ({"shop/handler.py": "if not TYPE_CHECKING:\n    import gone"}, "gone"),
        ({"shop/handler.py": "if sys.version_info >= (3, 12):\n    import gone"}, "gone"),
        ({"shop/handler.py": "try:\n    import gone\nexcept ValueError:\n    pass"}, "gone"),
        ({"shop/handler.py": "try:\n  import a\nexcept ImportError:\n  import gone"}, "gone"),
        ({"shop/handler.py": "import other", "other.py": "import deep.gone"}, "deep"),
        (
            {
                "shop/handler.py": "import lazy",
                "lazy/__init__.py": "def __getattr__(name): ...\nPLACES = {'x': '.inner'}",
                "lazy/inner.py": "import gone",
            },
            "lazy.inner:1 imports gone",
        ),
    ],
)
def test_an_import_that_would_fail_is_found(tmp_path: Path, code: Code, missing: str) -> None:
    """What runs on import, or in our own functions, must be there on AWS."""
    found = walk(tmp_path, code)

    assert [one for one in found.missing if missing in one]


@pytest.mark.parametrize(
    "code",
    [
        {"shop/handler.py": "import json, boto3, shop.domain", "shop/domain.py": ""},
        {"shop/handler.py": "from .domain import x", "shop/domain.py": ""},
        {"shop/handler.py": "from shop import some_name"},
        {"shop/handler.py": "if typing.TYPE_CHECKING:\n    import gone"},
        {"shop/handler.py": "if sys.version_info < (3, 13):\n    import gone"},
        {"shop/handler.py": "try:\n    import gone\nexcept ImportError:\n    gone = None"},
        {"shop/handler.py": "try:\n  import json\nexcept ImportError:\n  import gone"},
        {"shop/handler.py": "import core", "core.cpython-313-aarch64-linux-gnu.so": ""},
        {"shop/handler.py": "import spaces.inner", "spaces/inner.py": ""},
    ],
)
def test_what_resolves_or_never_runs_is_no_finding(tmp_path: Path, code: Code) -> None:
    """The walk is not stricter than AWS."""
    found = walk(tmp_path, code)

    assert (found.missing, found.later) == ([], {})


def test_a_late_import_in_others_code_is_told_apart(tmp_path: Path) -> None:
    """A dependency's function may need more than is shipped: reported, to be explained."""
    code = {"shop/handler.py": "import other", "other.py": "def f():\n    import gone.deep"}

    found = walk(tmp_path, code)

    assert found.missing == []
    assert found.later == {"gone": "other:2"}
