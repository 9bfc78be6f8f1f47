"""The targets of the Makefile reach their programs with what the user gave."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.interruptible import interruptible
from trunklab import effects, settings

WAIT_S_MAX: Final = 60.0

STARTED: Final = re.compile(r"<--started-at><([0-9.]+)>")

PRINTS_ARGUMENTS: Final = """#!/bin/sh
printf '<%s>' "$@"
echo
"""

SERVING: Final = """#!/bin/sh
trap 'echo stopped cleanly; exit 0' INT
echo serving
while :; do sleep 0.1; done
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with our Makefile, and programs that print their arguments."""
    shutil.copy(settings.REPOSITORY / "Makefile", tmp_path)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "setup.py").write_text("")
    for name in (".venv/bin/trunkline", ".venv/bin/shop"):
        give_program(tmp_path, PRINTS_ARGUMENTS, name)
    return tmp_path


def give_program(folder: Path, text: str, name: str) -> None:
    """Writes a program that replaces one of ours."""
    program = folder / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(text)
    program.chmod(0o755)


def start_make(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Begin a make of its own, as in a fresh shell: nothing comes from a make around the tests."""
    environment = settings.inherited_environment()
    environment |= {"TRUNKLINE_SEED": "a-commit", "TRUNKLINE_VERIFY": ""}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ARGS", "ORDERS", "PORT"):
        environment.pop(name, None)
    make_program = str(shutil.which("make"))
    return subprocess.Popen(  # noqa: S603 - our own Makefile
        interruptible(make_program, f"PYTHON={sys.executable}", *words),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def make(folder: Path, *words: str, succeeds: bool = True) -> str:
    """Run make to its end; return what it said."""
    with start_make(folder, *words) as process:
        output = process.communicate(timeout=WAIT_S_MAX)[0]
    assert (process.returncode == 0) is succeeds, output
    return output.strip()


@pytest.mark.parametrize(
    ("words", "called_with"),
    [
        (["run"], "<demo><--serve>"),
        (["demo"], "<demo>"),
        (["run", "ORDERS=my.jsonl"], "<demo><--serve><--orders><my.jsonl>"),
        (["demo", "ORDERS=../my.jsonl"], "<demo><--orders><../my.jsonl>"),
        (
            ["demo", "ORDERS=my 'odd' \"orders\"; true.jsonl"],
            "<demo><--orders><my 'odd' \"orders\"; true.jsonl>",
        ),
        (["run", "PORT=0"], "<demo><--serve><--port><0>"),
        (["demo", "ORDERS=o.jsonl", "PORT=4600"], "<demo><--orders><o.jsonl><--port><4600>"),
    ],
)
def test_the_orders_file_and_the_port_arrive_as_they_were_given(
    folder: Path, words: list[str], called_with: str
) -> None:
    """Relative paths count from the repository; no character is the shell's."""
    assert STARTED.sub("", make(folder, *words)) == called_with


def test_the_proof_is_a_verb_of_the_command(folder: Path) -> None:
    """What is to be proved can be narrowed."""
    assert make(folder, "prove") == "<prove>"
    assert make(folder, "prove", "ARGS=--service orders") == "<prove><--service><orders>"


def test_the_demo_counts_from_the_start_of_make(folder: Path) -> None:
    """What the user waits for includes the check of the set-up."""
    before = effects.now().timestamp()

    found = STARTED.search(make(folder, "demo"))

    assert found
    assert before < float(found[1]) < effects.now().timestamp()


def test_make_alone_lists_every_target(folder: Path) -> None:
    """The list is read from the Makefile itself."""
    listed = [line.split()[1] for line in make(folder).splitlines()]

    everyday = ["help", "setup", "run", "demo", "test"]
    assert listed == [*everyday, "prove", "bench", "check", "verify", "lock", "clean"]


STAGES: Final = (
    ".ci/run",
    "TRUNKLINE_VERIFY=1 make test ARGS='-m long_run'",
    "make prove",
    "make prove ARGS=--self-test",
)
"""What `make verify` runs, in this order."""

LONG_RUN: Final = (
    ".venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m long_run"
)


def test_verify_names_its_stages_without_running_them(folder: Path) -> None:
    """`make -n` shows the whole plan."""
    plan = make(folder, "-n", "verify").splitlines()

    assert [line.partition('echo "verify: ')[2].partition(": ")[0] for line in plan[:-1]] == [
        *STAGES
    ]
    assert "all stages passed" in plan[-1]


def test_verify_runs_every_stage_and_says_how_long_each_took(folder: Path) -> None:
    """The long runs have the seed of the commit, and no test may be skipped."""
    told = '#!/bin/sh\necho "$0 $* seed=$TRUNKLINE_SEED verify=$TRUNKLINE_VERIFY ci=$CI"\n'
    for name in (".ci/run", ".venv/bin/python", ".venv/bin/trunkline"):
        give_program(folder, told, name)

    lines = make(folder, "verify").splitlines()

    assert [line for line in lines if not line.startswith("verify: ")] == [
        ".ci/run  seed=a-commit verify= ci=true",
        f"{LONG_RUN} seed=a-commit verify=1 ci=true",
        ".venv/bin/trunkline prove seed=a-commit verify= ci=true",
        ".venv/bin/trunkline prove --self-test seed=a-commit verify= ci=true",
    ]
    verdicts = [line for line in lines if line.startswith("verify: ")]
    for stage, verdict in zip((*STAGES, "all stages passed"), verdicts, strict=True):
        assert re.fullmatch(rf"verify: {re.escape(stage)}(: exit status 0)?, \d+ s", verdict)


def test_verify_stops_at_the_first_stage_that_fails(folder: Path) -> None:
    """What comes after it is not run, and the exit status is not zero."""
    give_program(folder, "#!/bin/sh\nexit 0\n", ".ci/run")
    give_program(folder, "#!/bin/sh\nexit 3\n", ".venv/bin/python")

    lines = make(folder, "verify", succeeds=False).splitlines()

    verdicts = [line.partition(", ")[0] for line in lines if line.startswith("verify: ")]
    assert verdicts == [
        f"verify: {STAGES[0]}: exit status 0",
        f"verify: {STAGES[1]}: exit status 2",
    ]


def test_ctrl_c_stops_what_make_runs(folder: Path) -> None:
    """A terminal sends the signal to all; make waits until the program has cleaned up."""
    give_program(folder, SERVING, ".venv/bin/shop")
    with start_make(folder, "run") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        os.killpg(process.pid, signal.SIGINT)
        try:
            output = process.communicate(timeout=WAIT_S_MAX)[0]
        finally:
            process.kill()  # what goes on although it was asked to end must not be waited for

    assert "stopped cleanly" in output


def test_clean_removes_what_set_up_and_runs_made(folder: Path) -> None:
    """Sources stay."""
    for name in (".venvs/sam", ".trunkline", "tools/__pycache__", ".mypy_cache"):
        (folder / name).mkdir(parents=True)

    make(folder, "clean")

    assert sorted(path.name for path in folder.iterdir()) == ["Makefile", "tools"]
    assert [path.name for path in (folder / "tools").iterdir()] == ["setup.py"]
