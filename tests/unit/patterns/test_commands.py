"""`trunkline rules test` and `rules explain`: what they take, say and import."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trunklab.cli import main, rule_inputs
from trunklab.cli.rule_inputs import EVENT_BYTES_MAX, PATTERN_BYTES_MAX

PATTERN = '{"source": ["shop.orders"], "detail": {"total": [{"numeric": [">", 100]}]}}'
TAKEN = '{"source": "shop.orders", "detail": {"total": 101}}'
LEFT = '{"source": "shop.orders", "detail": {"total": 5}}'
AS_YAML = """
source: [shop.orders]  # every order
detail:
  total:
    - numeric: [">", 100]
"""
HEAVY = (
    *("pydantic", "boto3", "botocore", "aiohttp", "jsonschema_rs", "schemas", "yaml", "rich"),
    *("samtranslator", "orjson", "asyncio", "trunklab.templates"),
)


def given(folder: Path, name: str, text: str | bytes) -> str:
    """A file with a text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


@pytest.mark.parametrize("verb", ["test", "explain"])
@pytest.mark.parametrize(("event", "status"), [(TAKEN, 0), (LEFT, 1)])
def test_the_exit_status_is_the_answer(verb: str, event: str, status: int) -> None:
    """0 for a match, 1 for none."""
    assert main(["rules", verb, "--pattern", PATTERN, "--event", event]) == status


@pytest.mark.parametrize(
    ("name", "text"),
    [("p.json", PATTERN), ("p.yaml", AS_YAML), ("p", PATTERN), ("p.yml", PATTERN), ("p", AS_YAML)],
)
def test_a_pattern_may_be_json_or_yaml_in_a_file(name: str, text: str, tmp_path: Path) -> None:
    """Whatever the file is called."""
    pattern, event = given(tmp_path, name, text), given(tmp_path, "e.json", TAKEN)

    assert main(["rules", "test", "--pattern", pattern, "--event", event]) == 0


@pytest.mark.parametrize("option", ["--pattern", "--event"])
def test_one_of_both_may_come_from_standard_input(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other is given beside it."""
    texts = {"--pattern": PATTERN, "--event": TAKEN}
    typed = io.TextIOWrapper(io.BytesIO(texts[option].encode()))
    monkeypatch.setattr(sys, "stdin", typed)
    words = [word for name in texts for word in (name, "-" if name == option else texts[name])]

    assert main(["rules", "test", *words]) == 0


def test_test_says_which_clause_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """And what it found there."""
    main(["rules", "test", "--pattern", PATTERN, "--event", LEFT])

    assert capsys.readouterr().out.splitlines() == [
        "the event does not match",
        '  ok  source: expected "shop.orders", found "shop.orders"',
        '  NO  detail.total: expected {"numeric": [">", 100]}, found 5',
    ]


def test_explain_names_the_nearest_change(capsys: pytest.CaptureFixture[str]) -> None:
    """As its last line."""
    main(["rules", "explain", "--pattern", PATTERN, "--event", LEFT])

    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "nearest change: set detail.total to 101"


def test_explain_answers_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    """With values as JSON texts, since not all of them are values elsewhere."""
    main(["rules", "explain", "--json", "--pattern", '{"a": [1]}', "--event", '{"a": null}'])

    assert json.loads(capsys.readouterr().out) == {
        "matched": False,
        "clauses": [{"path": "a", "expected": ["1"], "found": ["null"], "matched": False}],
        "scattered": False,
        "changes": [{"path": "a", "value": "1"}],
    }


WRONG: list[tuple[Any, Any, str]] = [
    ("{}", TAKEN, "Empty objects are not allowed"),
    ('{"a": 1}', TAKEN, "must be an object or an array"),
    ('{"a": [1]', TAKEN, "line 1, column 10"),
    ('{"a": [{"\x1b[31m": 1}]}', TAKEN, "Event pattern is not valid"),
    ("", TAKEN, "--pattern is empty"),
    (PATTERN, "", "--event is empty"),
    (b"no: [s]", TAKEN, "False is not a string"),
    ("nowhere.json", TAKEN, "No such file"),
    ("\0", TAKEN, "cannot be read"),
    ("x" * 5_000, TAKEN, "cannot be read"),
    (".", TAKEN, "Is a directory"),
    (b"\xff{}", TAKEN, "invalid UTF-8 at byte 0"),
    (b"a: [1", TAKEN, "neither JSON nor YAML"),
    (b"a: [&one 1, *one]", TAKEN, "aliases"),
    (b"a: !!python/object:os.system []", TAKEN, "neither JSON nor YAML"),
    (b"a: " + b"[" * 5_000, TAKEN, "nested too deeply"),
    (b"a: [2026-11-21]", TAKEN, "not expressible as JSON"),
    (b"- a", TAKEN, "Filter is not an object"),
    (b"", TAKEN, "Filter is not an object"),
    (b" " * (PATTERN_BYTES_MAX + 1), TAKEN, f"more than {PATTERN_BYTES_MAX} bytes"),
    (PATTERN, "{", "it is not JSON"),
    (PATTERN, b"[]", "it is not a JSON object"),
    (PATTERN, b"", "it is not JSON"),
    (PATTERN, b"\xff", "invalid UTF-8 at byte 0"),
    (PATTERN, b'{"a":' * 100_000, "nested too deeply"),
    (PATTERN, b" " * (EVENT_BYTES_MAX + 1), f"more than {EVENT_BYTES_MAX} bytes"),
    ("-", "-", "cannot both be -"),
]


@pytest.mark.parametrize("verb", ["test", "explain"])
@pytest.mark.parametrize(("pattern", "event", "said"), WRONG)
def test_what_cannot_be_used_is_named_with_exit_status_2(  # noqa: PLR0913, PLR0917 - two tables
    verb: str,
    pattern: str | bytes,
    event: str | bytes,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a line or two, without a trace and without control characters."""
    words = [
        given(tmp_path, name, one) if isinstance(one, bytes) else one
        for name, one in (("p", pattern), ("e", event))
    ]

    assert main(["rules", verb, "--pattern", words[0], "--event", words[1]]) == 2

    shown = capsys.readouterr().err
    assert said in shown
    assert shown.replace("\n", "").isprintable()


@pytest.mark.parametrize("option", ["--pattern", "--event"])
def test_a_pipe_to_which_nobody_writes_is_not_waited_for_for_ever(
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Opening it as a file would hang."""
    monkeypatch.setattr(rule_inputs, "WAIT_S_MAX", 0.0)
    os.mkfifo(tmp_path / "pipe")
    texts = {"--pattern": PATTERN, "--event": TAKEN, option: str(tmp_path / "pipe")}

    assert main(["rules", "test", *(word for pair in texts.items() for word in pair)]) == 2
    assert "no data within 0 s" in capsys.readouterr().err


def test_a_pipe_is_read_to_its_end() -> None:
    """As a shell hands them on: `<(command)`."""
    read, write = os.pipe()
    with os.fdopen(write, "wb") as pipe:
        pipe.write(TAKEN.encode())

    with os.fdopen(read):
        assert main(["rules", "test", "--pattern", PATTERN, "--event", f"/dev/fd/{read}"]) == 0


def test_closed_standard_input_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python has none then."""
    monkeypatch.setattr(sys, "stdin", None)

    assert main(["rules", "test", "--pattern", "-", "--event", TAKEN]) == 2
    assert "- (standard input) cannot be read: it is closed" in capsys.readouterr().err


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("verb", [["explain", "--pattern", PATTERN], ["test", "--all"]])
def test_an_answer_that_cannot_be_written_is_no_answer(verb: list[str], buffered: bool) -> None:  # noqa: FBT001 - both ways
    """Exit status 1 would say that nothing takes the event."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ran = elsewhere(verb, full.fileno(), buffered=buffered)

    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "The output cannot be written: No space left on device." in ran.stderr


@pytest.mark.parametrize("buffered", [True, False])
def test_whoever_reads_no_further_changes_no_answer(buffered: bool) -> None:  # noqa: FBT001 - both ways
    """`rules test … | grep -q` ends when it has seen enough."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write) as pipe:
        ran = elsewhere(["test", "--pattern", PATTERN], pipe.fileno(), buffered=buffered)

    assert (ran.returncode, ran.stderr) == (0, "")


def elsewhere(verb: list[str], output: int, *, buffered: bool) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which writes elsewhere."""
    words = ["rules", *verb, "--event", TAKEN]
    return subprocess.run(  # noqa: S603 - our own interpreter
        [
            sys.executable,
            "-c",
            f"import sys; from trunklab.cli import main; sys.exit(main({words!r}))",
        ],
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONUNBUFFERED": "" if buffered else "1"},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_what_is_printed_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """Half characters and control characters of an event are replaced."""
    event = '{"a": "\\u001b[31m \\ud800 \\u202e"}'

    assert main(["rules", "explain", "--pattern", '{"a": ["\\u009b"]}', "--event", event]) == 1

    assert capsys.readouterr().out.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words", [["--help"], ["rules", "test", "--pattern", PATTERN, "--event", TAKEN]]
)
def test_little_is_imported(words: list[str]) -> None:
    """So that the answer comes at once."""
    script = (
        f"import json, sys; from trunklab.cli import main; main({words!r});"
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


TEMPLATE = """
Resources:
  Large:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop.orders], detail: {total: [{numeric: [">", 100]}]}}
  Every:
    Type: AWS::Events::Rule
    Properties:
      State: DISABLED
      EventPattern: {source: [{prefix: shop.}]}
  Wrong:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [{prefix: 1}]}
  Later:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [!GetAtt Table.Arn]}
"""


@pytest.mark.parametrize(
    ("event", "status", "matching"),
    [
        (TAKEN, 0, [".Large template.yaml:3", ".Every template.yaml:7 (disabled)"]),
        (LEFT, 0, [".Every template.yaml:7 (disabled)"]),
        ('{"source": "x"}', 1, []),
    ],
)
def test_all_names_the_rules_that_take_the_event(
    event: str,
    status: int,
    matching: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With their places, and what could not be judged."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    words = ["rules", "test", "--all", "--root", str(tmp_path), "--event", event, "--json"]
    assert main(words) == status

    said = json.loads(capsys.readouterr().out)
    assert [f".{one.partition('.')[2]}" for one in said["matching"]] == matching
    wrong, later = said["not_judged"]
    assert wrong.endswith("prefix match pattern must be a string")
    assert "Later template.yaml:16: " in later


def test_all_says_when_no_rule_takes_the_event(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And why some were not asked."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    main(["rules", "test", "--all", "--root", str(tmp_path), "--event", "{}"])

    first, *others = capsys.readouterr().out.splitlines()
    assert first == "no rule matches the event"
    assert all(line.startswith("not judged: ") for line in others)


ALL_WRONG = [
    (["--all"], "the following arguments are required: --event"),
    (["--event", TAKEN], "one of the arguments --pattern --rule --all is required"),
    (["--all", "--pattern", PATTERN, "--event", TAKEN], "not allowed with argument"),
]


@pytest.mark.parametrize(("words", "said"), ALL_WRONG)
def test_either_a_pattern_or_all_is_given(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Argparse says so."""
    assert main(["rules", "test", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_root_for_one_pattern_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that was given is silently left out."""
    words = ["rules", "test", "--pattern", PATTERN, "--event", TAKEN, "--root", str(tmp_path)]

    assert main(words) == 2
    assert "--root and --parameter are for rules of templates" in capsys.readouterr().err


def test_a_root_without_templates_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to give."""
    assert main(["rules", "test", "--all", "--root", str(tmp_path), "--event", TAKEN]) == 2
    assert "--root" in capsys.readouterr().err
