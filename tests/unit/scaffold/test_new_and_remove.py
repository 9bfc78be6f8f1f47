"""`new` writes what passes every check, and `remove` takes away exactly that."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from tests import settings as test_settings
from tests.unit.scaffold.fleet import Fleet
from trunklab import effects, settings
from trunklab.contracts.contract_files import contracts_in
from trunklab.rules.lint import lint
from trunklab.templates.repository import topology

PROGRAM_S_MAX = 120.0
EVENTS = [[], ["--publishes", "VanWashed"], ["--publishes", "VanWashed", "--publishes", "VanLost"]]
NEW = ["new", "service", "wash-bay"]


def passes(fleet: Fleet, *words: str) -> None:
    """Runs a program in the repository, whose classes are then those that it imports."""
    paths = (fleet.root, settings.REPOSITORY / "shared", fleet.root / "services/wash-bay/src")
    environment = settings.inherited_environment() | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603 - programs of our own environment
        [sys.executable, "-m", *words],
        cwd=fleet.root,
        env=environment | {"PYTHONPATH": os.pathsep.join(map(str, paths))},
        capture_output=True,
        text=True,
        timeout=PROGRAM_S_MAX,
        check=False,
    )
    assert (words, done.returncode) == (words, 0), done.stdout + done.stderr


def is_green(fleet: Fleet) -> None:
    """Checks format, code, generated files, rules and the service's own tests."""
    linted = lint(topology(fleet.root), contracts_in(fleet.root), effects.now().date())
    assert [str(finding) for finding in linted.findings if "services/wash" in str(finding)] == []
    passes(fleet, "ruff", "check", "services/wash-bay")
    passes(fleet, "ruff", "format", "--check", "services/wash-bay")
    passes(fleet, "trunklab.cli", "schemas", "export", "--check", "--root", ".")
    if (fleet.root / "services/wash-bay/tests").exists():  # it has a handler
        passes(fleet, "pytest", "-q", "-p", "no:cacheprovider", "services/wash-bay")


def wheres(fleet: Fleet, detail_type: str) -> Sequence[str]:
    """Conditions that an example of the contract passes, and not every event."""
    example = fleet.contract(detail_type).examples[0]
    return ["", f"van_id == {json.dumps(example['van_id'])}"]


def combinations(fleet: Fleet) -> list[list[str]]:
    """Returns the options of `new service`, for one contract after the other."""
    names = ["VanParked", *(name for name, _ in fleet.drawn)]
    made = [
        [*(["--on", name] if name else []), *(["--where", where] if where else []), *events]
        for name in names
        for where, events in product(wheres(fleet, name), EVENTS)
    ]
    return [*made, EVENTS[1], ["--on", "VanParked", *(["--on", names[-1]] * (len(names) > 1))]]


@pytest.mark.sampled
def test_every_combination_of_options_is_green_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Enums, unions, nested arrays and optional fields; all combinations in `make verify`."""
    fleet = Fleet(tmp_path, seeds=range(test_settings.examples(2, 10)))
    every = combinations(fleet)
    count = test_settings.examples(2, len(every))
    for options in random.Random(test_settings.seed()).sample(every, count):  # noqa: S311 - examples
        assert fleet.run(*NEW, *options) == 0
        is_green(fleet)
        assert fleet.run("remove", "service", "wash-bay") == 0
        assert fleet.status == ""


def test_a_consumer_comes_into_a_service_and_goes_again(fleet: Fleet) -> None:
    """Beside the others, for the same event too; comments of the template stay."""
    assert fleet.run(*NEW, "--on", "VanParked", "--publishes", "VanWashed") == 0
    template = fleet.root / "services/wash-bay/template.yaml"
    template.write_text(template.read_text().replace("\n  Table:", "\n  # Ours.\n  Table:"))
    fleet.git("add", "--all")
    before = fleet.status
    consumer = ["new", "consumer", "count-parts", "--in", "wash-bay", "--on", "VanParked"]

    assert fleet.run(*consumer, "--where", "parts.sku starts-with 'A-'") == 0
    is_green(fleet)
    assert fleet.run("remove", "consumer", "count-parts", "--in", "wash-bay") == 0

    assert fleet.status == before


def test_an_event_comes_with_its_files_and_goes_again(fleet: Fleet) -> None:
    """Every type of field, lists and optional ones."""
    types = ["string", "integer[]", "number?", "boolean", "date", "date-time?", "uuid", "a|b[]?"]
    fields = [word for at, kind in enumerate(types) for word in ("--field", f"f{at}:{kind}")]

    assert fleet.run("new", "event", "VanSold", "--source", "fleet.vans", *fields) == 0
    contract = fleet.contract("VanSold")
    assert contract.subject == "f0"
    assert "VanSold" in (fleet.root / "services/vans/contracts.yaml").read_text()
    assert fleet.run("remove", "event", "VanSold") == 0

    assert fleet.status == ""


def test_the_result_names_the_files_and_events_on_both_sides(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one JSON document."""
    where = ["--on", "VanParked", "--where", "spaces >= 5"]

    assert fleet.run(*NEW, *where, "--json") == 0

    shown = json.loads(capsys.readouterr().out)
    consumer = shown["consumers"]["on-van-parked"]
    assert (consumer["matching"]["spaces"] >= 5, consumer["other"]["spaces"]) == (True, 2)
    assert "services/wash-bay/src/wash_bay/domain.py" in shown["created"]
    assert shown["removed"] == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["new", "service", "wash-bay"], "give --on, --publishes or both"),
        ([*NEW, "--publishes", "VanWashed", "--where", "a == 1"], "give both"),
        ([*NEW, "--on", "VanParkd"], "No contract is named 'VanParkd': use VanParked"),
        ([*NEW, "--on", "VanParked", "--where", "spaces > 9"], "spaces > 8"),
        ([*NEW, "--on", "VanParked", "--source", "fleet.vans"], "its last part must be wash-bay"),
        ([*NEW, "--publishes", "wash"], "write it in the past tense"),
        ([*NEW, "--publishes", "VanWashedV2"], "without a version"),
        ([*NEW, "--publishes", "A", "--publishes", "A"], "schemas/wash_bay/a.py exists already"),
        (["new", "service", "vans", "--on", "VanParked"], "services/vans exists already"),
        (["new", "service", "Wash", "--on", "VanParked"], "lower-case words"),
        (["new", "service", "json", "--on", "VanParked"], "Python keyword or an installed"),
        (["new", "service", "import", "--on", "VanParked"], "Python keyword or an installed"),
        (["new", "service", "schemas", "--on", "VanParked"], "Python keyword or an installed"),
        (["new", "service", "services", "--on", "VanParked"], "Invalid service name 'services'"),
        (["new", "service", "a" * 31, "--on", "VanParked"], "31 characters, at most 30"),
        (["new", "consumer", "x", "--in", "none", "--on", "VanParked"], "trunkline new service"),
        (["new", "consumer", "x", "--in", "vans", "--on", "VanParked"], "handlers.yaml does not"),
        (["new", "consumer", "x" * 40, "--in", "vans", "--on", "VanParked"], "at most 32 fit"),
        (["new", "consumer", "domain", "--in", "vans", "--on", "VanParked"], "cannot have it"),
        (["new", "event", "VanParked", "--source", "fleet.vans"], "would share"),
        (["new", "event", "VanSold", "--source", "fleet.none"], "does not exist, but contracts"),
        (["new", "event", "VanSold", "--source", "fleet.vans", "--field", "a"], "write name:type"),
        (["new", "event", "VanSold", "--source", "fleet.vans", "--field", "a:x"], "integer"),
        (["new", "event", "VanSold", "--source", "x", "--field", "a:string"], "its source 'x'"),
        (["remove", "service", "none"], "does not exist"),
        (["remove", "service", "vans"], "was edited since"),
        (["remove", "consumer", "x", "--in", "none"], "does not exist"),
        (["remove", "consumer", "x", "--in", "vans"], "no resource X"),
        (["remove", "event", "VanParked"], "the only event of its service"),
        (["remove", "event", "None"], "No contract is named"),
    ],
)
def test_a_refused_command_changes_nothing(
    words: list[str], problem: str, fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and an error that says what to do."""
    assert fleet.run(*words) == 2

    assert problem in capsys.readouterr().err
    assert fleet.status == ""
    assert not list(fleet.root.rglob("wash*"))


@pytest.mark.parametrize(
    "edited",
    [
        "template.yaml",
        "README.md",
        "src/wash_bay/domain.py",
        "src/wash_bay/on_van_parked.py",
        "tests/test_on_van_parked.py",
        "src/wash_bay/own.py",
    ],
)
def test_a_service_that_was_edited_is_kept_unless_forced(
    edited: str, fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file more counts as well."""
    assert fleet.run(*NEW, "--on", "VanParked") == 0
    file = fleet.root / "services/wash-bay" / edited
    file.write_text((file.read_text() if file.exists() else "") + "# own\n")
    before = fleet.git("status", "--short", "-uall")

    assert fleet.run("remove", "service", "wash-bay") == 2
    assert edited in capsys.readouterr().err
    assert fleet.git("status", "--short", "-uall") == before

    assert fleet.run("remove", "service", "wash-bay", "--force") == 0
    assert fleet.status == ""


def test_a_consumer_that_was_edited_is_kept_unless_forced(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """A change of its rule counts; the other consumer stays as it is."""
    assert fleet.run(*NEW, "--on", "VanParked") == 0
    fleet.git("add", "--all")
    before = fleet.status
    fleet.run("new", "consumer", "count-parts", "--in", "wash-bay", "--on", "VanParked")
    template = fleet.root / "services/wash-bay/template.yaml"
    template.write_text(template.read_text().replace("BatchSize: 10", "BatchSize: 5", 1))

    assert fleet.run("remove", "consumer", "count-parts", "--in", "wash-bay") == 2
    assert "services/wash-bay/template.yaml" in capsys.readouterr().err
    assert fleet.run("remove", "consumer", "count-parts", "--in", "wash-bay", "--force") == 0

    assert fleet.status == before


def test_the_last_consumer_goes_with_its_service_only(fleet: Fleet) -> None:
    """A stack without roles would not fit its samconfig.toml."""
    assert fleet.run(*NEW, "--on", "VanParked") == 0

    assert fleet.run("remove", "consumer", "on-van-parked", "--in", "wash-bay", "--force") == 2


def test_an_event_that_another_service_uses_stays(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither it nor its service is removed, not even by force."""
    assert fleet.run(*NEW, "--publishes", "VanWashed", "--publishes", "VanLost") == 0
    assert fleet.run("new", "service", "garage", "--on", "VanWashed") == 0
    before = fleet.status

    for words in (["event", "VanWashed"], ["service", "wash-bay"]):
        assert fleet.run("remove", *words, "--force") == 2
        assert "services/garage/template.yaml:31" in capsys.readouterr().err

    assert fleet.status == before


def test_a_failed_write_leaves_nothing(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    """The second file of two cannot be written: the first is taken back."""
    (fleet.root / "services" / "wash-bay").write_text("a file where the folder should be")
    before = fleet.status

    assert fleet.run(*NEW, "--publishes", "VanWashed") == 2

    assert "Nothing was changed" in capsys.readouterr().err
    assert fleet.status == before
