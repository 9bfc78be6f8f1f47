"""Tests the order in which the real nested stacks are created, updated and deleted."""

import shutil
from collections.abc import Callable
from graphlib import CycleError
from pathlib import Path
from typing import Any

import pytest

from tests.unit.service_templates.plain_body import PlainBody
from tests.unit.service_templates.stack import SERVICES, Stack
from tests.unit.service_templates.stack_order import Order, losses, update
from trunklab import settings
from trunklab.local.deploy import sam_translation
from trunklab.templates.template_file import load

FIXTURE = settings.REPOSITORY / "tests" / "fixtures" / "two_consumers.yaml"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A service in another repository that holds a copy of the shared stacks."""
    shutil.copytree(settings.REPOSITORY / "shared" / "stacks", tmp_path / "shared" / "stacks")
    folder = tmp_path / "services" / "parcels"
    (folder / "src").mkdir(parents=True)
    return Path(shutil.copy(FIXTURE, folder / "template.yaml"))


@pytest.mark.parametrize("service", SERVICES)
def test_no_event_is_lost_while_a_stack_comes_or_goes(service: str) -> None:
    """Queue policies exist before their rule and after it, roles before what uses them."""
    order = Order.of(settings.REPOSITORY / "services" / service / "template.yaml")

    assert order.faults() == []
    assert losses(None, order) == []
    assert losses(order, None) == []
    assert any(one["Type"] == "AWS::Events::Rule" for one in order.resources.values())


@pytest.mark.parametrize("service", SERVICES)
def test_a_rule_goes_before_its_queue(service: str) -> None:
    """While a stack is deleted, each rule is gone before any part of the queue it sends to."""
    order = Order.of(settings.REPOSITORY / "services" / service / "template.yaml")

    steps = update(order, None)

    assert {step.removeprefix("delete ") for step in steps} == order.contents.keys()
    assert all(
        steps.index(f"delete {user}") < steps.index(f"delete {needed}")
        for user, needed in order.needs()
    )


UPDATES = {
    "a wider role": (
        lambda text: text.replace("parcels.print_label", "parcels.print_two").replace(
            "Action: s3:PutObject", "Action: 's3:*'"
        ),
        ["update PrintLabelPolicy", "update PrintLabelFunction"],
    ),
    "another rule on the queue": (
        lambda text: text.replace("-parcel-lost", "-parcel-gone"),
        ["update Track.QueuePolicy", "update ParcelLostRule"],
    ),
    "a consumer under another name": (
        lambda text: text.replace("Track", "Follow"),
        [
            *("create Follow.QueuePolicy", "create Follow", "update ParcelSentRule"),
            *("delete TrackFunctionQueue", "delete Track.QueuePolicy", "delete Track.Queue"),
        ],
    ),
    "a rule less": (
        lambda text: text.replace("ParcelLostRule:", "ParcelGoneRule:"),
        ["create ParcelGoneRule", "delete ParcelLostRule"],
    ),
}


@pytest.mark.parametrize("name", UPDATES)
def test_no_event_is_lost_while_a_stack_is_updated(foreign: Path, name: str) -> None:
    """What a resource needs is there, and up to date, before it changes; leftovers go last."""
    change, expected = UPDATES[name]
    old = Order.of(foreign)
    edit(foreign, change)
    new = Order.of(foreign)

    steps = update(old, new)

    assert [step for step in steps if step in expected] == expected
    assert losses(old, new) == []
    assert losses(new, old) == []


def test_an_unchanged_template_updates_nothing(foreign: Path) -> None:
    """An update is a difference between two templates."""
    assert update(Order.of(foreign), Order.of(foreign)) == []


def test_a_wrong_order_of_an_update_is_found(foreign: Path) -> None:
    """Without DependsOn a function may be updated before its wider role."""
    edit(foreign, lambda text: text.replace("    DependsOn: PrintLabelPolicy\n", ""))
    old = Order.of(foreign)
    change, _expected = UPDATES["a wider role"]
    edit(foreign, change)

    new = Order.of(foreign)

    assert losses(old, new) == ["PrintLabelFunction may be updated before PrintLabelPolicy"]
    assert "PrintLabelPolicy may be deleted before PrintLabelFunction" in losses(old, None)


def test_a_foreign_service_with_two_consumers_keeps_the_order(foreign: Path) -> None:
    """The same stacks serve a copy in another repository."""
    assert Order.of(foreign).faults() == []


MISORDERED = {
    "rule names its queue": (
        lambda text: text.replace(
            "Arn: !GetAtt Track.Outputs.QueueArn}]", "Arn: arn:aws:sqs:us-east-1:1:track}]", 1
        ),
        "ParcelSentRule is created before",
    ),
    "policy without DependsOn": (
        lambda text: text.replace("    DependsOn: PrintLabelPolicy\n", ""),
        "PrintLabelFunction is created before PrintLabelPolicy",
    ),
    "role by its ARN": (
        lambda text: text.replace(
            "Role: !GetAtt Track.Outputs.RoleArn", "Role: arn:aws:iam::1:role/track"
        ),
        "TrackFunctionQueue is created before .Role",
    ),
}


@pytest.mark.parametrize("name", MISORDERED)
def test_a_wrong_order_is_found(foreign: Path, name: str) -> None:
    """Each planted fault is named with its resource."""
    change, finding = MISORDERED[name]
    edit(foreign, change)

    assert [one for one in Order.of(foreign).faults() if finding in one]


def test_a_cycle_is_found(foreign: Path) -> None:
    """A consumer that takes its rule's own ARN would wait for a rule that waits for it."""
    edit(
        foreign,
        lambda text: text.replace("RuleArns: !Sub arn:", "RuleArns: !GetAtt PrintLabelRule.Arn #"),
    )

    with pytest.raises(CycleError):
        Order.of(foreign).faults()


def test_a_foreign_service_passes_through_the_reader_and_the_translator(foreign: Path) -> None:
    """Nothing is left unread, and each consumer gets the rights that its parameters ask for."""
    template = load(foreign)
    plain = Stack("parcels", PlainBody(template.body).value)

    assert template.unread == ()
    assert sam_translation.translate(foreign, _with_code(template.body), {})
    actions = {
        name: {
            action
            for holder, statement in plain.statements()
            if holder == name
            for action in statement["Action"]
        }
        for name in ("TrackRole", "PrintLabelRole")
    }
    assert "dynamodb:PutItem" in actions["TrackRole"]
    assert not [one for one in actions["PrintLabelRole"] if one.startswith(("dynamodb", "events"))]


def test_two_rules_may_send_to_one_queue(foreign: Path) -> None:
    """The queue's policy admits both, by their names."""
    text = str(load(foreign).resources["TrackQueuePolicy"])

    assert "parcel-sent" in text
    assert "parcel-lost" in text


def edit(path: Path, change: Callable[[str], str]) -> None:
    """Changes a file, and fails if the change found nothing to do."""
    before = path.read_text("utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text("utf-8") != before


def _with_code(body: dict[str, Any]) -> dict[str, Any]:
    code = {"CodeUri": "s3://bucket/key", "Runtime": "python3.13"}
    resources = {
        name: one | {"Properties": one["Properties"] | code}
        if one["Type"] == "AWS::Serverless::Function"
        else one
        for name, one in body["Resources"].items()
    }
    return body | {"Resources": resources}
