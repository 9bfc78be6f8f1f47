"""The command finds its verbs, says what there is, and imports only what it needs."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trunklab.cli import main
from trunklab.cli.verbs import VERBS

HEAVY = ("boto3", "aiohttp", "pydantic", "rich", "samtranslator", "yaml")


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """With a few words for each."""
    assert main(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(f"{verb} " in shown and entry.summary in shown for verb, entry in VERBS.items())


def test_help_imports_nothing_heavy() -> None:
    """So that it answers at once."""
    script = (
        "import json, sys; from trunklab.cli import main; main(['--help']);"
        f"sys.stderr.write(json.dumps([n for n in {HEAVY!r} if n in sys.modules]))"
    )

    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(ran.stderr) == []


@pytest.mark.parametrize("words", [["nonsense"], ["schemas"], ["schemas", "nonsense"], ["--nope"]])
def test_an_unknown_verb_is_wrong_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer lists what there is."""
    assert main(words) == 2

    assert "usage: trunkline <verb>" in capsys.readouterr().err


def test_no_verb_at_all_is_wrong_usage_too() -> None:
    """A script that forgot it must not go on."""
    assert main([]) == 2


@pytest.mark.parametrize(
    ("endpoint", "status", "said"),
    [
        ("http://127.0.0.1:1", 1, "no platform answers at http://127.0.0.1:1: start one"),
        ("nonsense", 2, "'nonsense' is no address"),
        ("https://127.0.0.1:1", 2, "is no address of a local platform"),
        ("http://127.0.0.1:x", 2, "is no address"),
    ],
)
def test_a_platform_that_cannot_be_reached_is_said_in_one_line(
    endpoint: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing there is a failure; an address that can never be right is wrong usage."""
    assert main(["status", "--endpoint", endpoint]) == status

    shown = capsys.readouterr().err
    assert shown.startswith("trunkline status: ")
    assert said in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_a_verb_is_still_imported_leaves_no_trace(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Imports take a third of a second, in which a user may change their mind."""
    (tmp_path / "slow.py").write_text(f"import signal\nsignal.raise_signal({number:d})\n")
    script = (
        "import sys; from trunklab.cli import main; from trunklab.cli.verbs import VERBS, Verb;"
        "VERBS['slow'] = Verb('slow', ''); sys.exit(main(['slow']))"
    )

    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (130, "")
