"""The command line finds its commands, lists them, and imports only what it needs."""

import json
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from trunklab.cli import COMMANDS, GROUPS, main

HEAVY = ("boto3", "aiohttp", "pydantic", "rich", "samtranslator", "yaml")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """With a summary of each."""
    assert main(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(f"{name} " in shown and text in shown for name, text in COMMANDS.items())


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


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_a_group_lists_its_own_commands(
    group: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And none of another group."""
    assert main([group, option]) == 0

    shown = capsys.readouterr().out
    listed = {name for name in COMMANDS if f"  {name} " in shown}
    assert listed == {name for name in COMMANDS if name.startswith(f"{group} ")}
    assert listed


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    """Bug reports need it."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"trunkline {version('trunklab')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its module is found by its name."""
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: trunkline {command}")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nonsense"],
        ["schemas"],
        ["schemas", "nonsense"],
        ["--nope"],
        ["rules", "--version"],
        ["status", "--nope"],
        ["story"],
        ["demo", "--port", "x"],
    ],
)
def test_wrong_usage_has_exit_status_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names what is wrong and where to look; nothing is on standard output."""
    assert main(words) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("trunkline")
    assert "--help" in shown.err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["status", "--json", "--endpoint", "http://127.0.0.1:1"], 2, "no platform answers"),
        (["status", "--json", "--nope"], 2, "unrecognized arguments: --nope"),
        (["trace", "--json", "O'Neill"], 2, "Invalid id"),
        (["story", "--json", "o-1", "--since", "x"], 2, "Invalid --since 'x': use 30m, 24h or 7d."),
        (["nonsense", "--json"], 2, "Unknown command 'nonsense --json'."),
    ],
)
def test_an_error_is_json_where_json_was_asked_for(
    words: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One document on standard error, so that standard output holds results only."""
    assert main(words) == status

    shown = capsys.readouterr()
    document = json.loads(shown.err)
    assert message in document["error"]
    assert document["exit_status"] == status
    assert shown.out == ""


@pytest.mark.parametrize(
    ("endpoint", "status", "said"),
    [
        ("http://127.0.0.1:1", 2, "no platform answers at http://127.0.0.1:1: start one"),
        ("nonsense", 2, "Not a local platform address: 'nonsense'"),
        ("https://127.0.0.1:1", 2, "Not a local platform address"),
        ("http://127.0.0.1:x", 2, "Invalid address"),
    ],
)
def test_a_platform_that_cannot_be_reached_is_said_in_one_line(
    endpoint: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`story` and `trace` have the same exit status where nothing answers."""
    assert main(["status", "--endpoint", endpoint]) == status

    shown = capsys.readouterr().err
    assert shown.startswith("trunkline status: ")
    assert said in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_a_command_is_still_imported_leaves_no_trace(
    number: signal.Signals, tmp_path: Path
) -> None:
    """Imports take a third of a second, in which a user may change their mind."""
    (tmp_path / "slow.py").write_text(f"import signal\nsignal.raise_signal({number:d})\n")
    script = (
        "import sys; import trunklab.cli as cli; cli.COMMANDS['slow'] = '';"
        "cli.module_of = str; sys.exit(cli.main(['slow']))"
    )

    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (130, "")


def test_help_keeps_the_capitals_of_names(capsys: pytest.CaptureFixture[str]) -> None:
    """`str.capitalize` would write "Eventbridge"."""
    main(["rules", "--help"])

    assert "EventBridge rules against the event contracts." in capsys.readouterr().out
