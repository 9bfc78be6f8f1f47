"""A service of another repository that copies the shared stacks is read like our own services."""

import json
import shutil
from pathlib import Path

import pytest

from trunklab import cli, settings
from trunklab.data_safety.stacks import in_folder, stacks_of
from trunklab.templates.repository import topology
from trunklab.testing import template_stack

FIXTURE = settings.REPOSITORY / "tests" / "fixtures" / "two_consumers.yaml"
CODE = """def track(event, context):
    return {}


print_label = track
"""


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A repository with one service in plain Python: two consumers, three rules, two queues."""
    stacks = tmp_path / "shared" / "stacks"
    stacks.mkdir(parents=True)
    shutil.copy(settings.REPOSITORY / "shared" / "stacks" / "consumer.yaml", stacks)
    code = tmp_path / "services" / "parcels" / "src" / "parcels.py"
    code.parent.mkdir(parents=True)
    code.write_text(CODE, "utf-8")
    shutil.copy(FIXTURE, code.parent.parent / "template.yaml")
    return tmp_path


def test_the_reader_joins_rules_queues_and_functions(foreign: Path) -> None:
    """Two rules on one queue are one consumer; a handler without the runtime declares nothing."""
    read = topology(foreign)

    assert sorted((one.rule.logical_id, one.queue, one.full_name) for one in read.consumers) == [
        ("ParcelLostRule", "TrackQueue", "parcels.TrackFunction"),
        ("ParcelSentRule", "TrackQueue", "parcels.TrackFunction"),
        ("PrintLabelRule", "PrintLabelQueue", "parcels.PrintLabelFunction"),
    ]
    assert {one.declares for one in read.consumers} == {False}
    assert {one.bus for one in read.rules} == {"acme"}
    assert (read.producers, read.unread) == ((), ())


def test_the_testing_kit_reads_the_same_functions(foreign: Path) -> None:
    """Globals give code, runtime and timeout; a function has the queue of its nested stack."""
    stack = template_stack.read(foreign / "services" / "parcels" / "template.yaml")

    functions = {one.logical_id: (one.queue, one.timeout_s) for one in stack.functions}

    assert functions == {
        "TrackFunction": ("TrackQueue", 10),
        "PrintLabelFunction": ("PrintLabelQueue", 10),
    }


def test_data_safety_reads_the_same_stacks(foreign: Path) -> None:
    """Queues of a nested stack are compared in each place."""
    stacks = stacks_of(in_folder(foreign))

    stores = {place[1:]: sorted(stack.stores) for place, stack in stacks.by_place.items()}

    assert stores == {
        (): ["Table"],
        ("Track",): ["DeadLetters", "Queue"],
        ("PrintLabel",): ["DeadLetters", "Queue"],
    }
    assert stacks.problems == []


def test_lint_reports_only_that_contracts_are_missing(
    foreign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The repository has no contracts, but every rule, target and statement is read."""
    cli.main(["rules", "lint", "--root", str(foreign), "--json"])

    findings = json.loads(capsys.readouterr().out)["findings"]
    assert {one["id"] for one in findings} == {"no-contracts"}
