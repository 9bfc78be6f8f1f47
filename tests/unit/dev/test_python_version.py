"""An old Python hears what to do instead of a syntax error."""

import ast

import pytest

import setup
from trunklab import settings


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 99), (2, 7, 18)])
def test_an_old_python_is_refused(version: tuple[int, ...]) -> None:
    """The message names what was found, what is needed, and how to name another."""
    reason = setup.refusal(version, "bin/python3")

    assert reason is not None
    assert "bin/python3 is " + ".".join(map(str, version)) in reason
    assert "3.11 or newer" in reason
    assert "make setup PYTHON=" in reason


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (3, 14, 0), (4, 0, 0)])
def test_a_newer_python_is_welcome(version: tuple[int, ...]) -> None:
    """There is no upper bound: what does not install on a new Python says so itself."""
    assert setup.refusal(version, "bin/python3") is None


def test_an_old_python_can_read_the_refusal() -> None:
    """The script uses no syntax that is newer than what it must still refuse."""
    text = (settings.REPOSITORY / "tools" / "setup.py").read_text("utf-8")

    assert ast.parse(text, feature_version=(3, 6)).body
