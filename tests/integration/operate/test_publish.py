"""`trunkline publish`: real events through a real consumer, followed to their end."""

import json
from typing import Any

import pytest

from tests.integration.operate.conftest import Garage
from trunklab.cli import main
from trunklab.operate.event_sender import PRODUCER


def published(
    garage: Garage, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, dict[str, Any]]:
    """Publishes with --json; returns exit status and document."""
    capsys.readouterr()
    status = garage.publish("--json", *words)
    return status, json.loads(capsys.readouterr().out)


def outcomes(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Returns consumer and outcome of each step."""
    return [(step["consumer"], step["outcome"]) for step in document["followed"]["steps"]]


def test_a_consumer_accepts_generated_events(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """More than one PutEvents call takes, each handled once."""
    status, document = published(garage, capsys, "--count", "23", "--wait", "60")

    assert outcomes(document) == [("garage greet-van", "handled")] * 23
    assert len(document["accepted"]) == 23
    assert (status, document["followed"]["is_good"]) == (0, True)


def test_the_envelope_is_complete(garage: Garage, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise the consumer would log what it repaired."""
    _, document = published(garage, capsys, "--wait", "60")

    pages = garage.aws("logs").get_paginator("filter_log_events")
    lines = [
        event["message"]
        for page in pages.paginate(logGroupName="/trunkline/local/garage")
        for event in page["events"]
    ]
    assert any(document["correlation_id"] in line for line in lines)
    assert not any("repaired" in line for line in lines)


def test_edge_cases_of_the_contract_are_handled_too(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Random values, but of the floors that the garage has."""
    pattern = json.dumps({"detail": {"data": {"floor": [{"numeric": [">", 0, "<", 13]}]}}})
    words = ("--random", "--count", "8", "--pattern", pattern, "--wait", "60")
    status, document = published(garage, capsys, *words)

    assert status == 0
    assert outcomes(document) == [("garage greet-van", "handled")] * 8


def test_a_dead_letter_fails_the_wait_and_names_its_reason(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other event of the batch is handled."""
    status, document = published(garage, capsys, "--set", "floor=13", "--wait", "60")

    (step,) = document["followed"]["steps"]
    assert (step["outcome"], step["state"]) == ("dead-lettered", "failed")
    assert "no such floor" in step["reason"]
    assert (status, document["followed"]["is_over"]) == (1, True)


def test_a_failure_that_is_retried_ends_in_a_timeout(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """The queue waits for longer than the command."""
    status = garage.publish("--set", "floor=14", "--wait", "6")

    shown = capsys.readouterr().out
    assert "VanParked -> garage greet-van: 1 failed, RuntimeError" in shown
    assert "timed out after 6" in shown
    assert status == 1


def test_an_event_that_no_rule_matches_has_no_subscribers(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rule's condition on the content is evaluated, not waited for."""
    status = garage.publish("--set", "floor=0", "--wait", "60")

    assert "no subscribers: no rule of the bus matches" in capsys.readouterr().out
    assert status == 0


def test_only_the_named_consumer_counts(garage: Garage, capsys: pytest.CaptureFixture[str]) -> None:
    """A team wants to know about its own consumer: named by service or by handler."""
    for name in ("garage", "greet-van"):
        assert garage.publish("--wait", "60", "--consumer", name) == 0
        assert "VanParked -> garage greet-van: 1 handled" in capsys.readouterr().out


def test_a_consumer_that_receives_nothing_is_a_failure(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its rule does not match, or its name is misspelled: the others' results say nothing."""
    status = garage.publish("--wait", "60", "--consumer", "garaje")

    shown = capsys.readouterr().out
    assert "the consumer received nothing after" in shown
    assert "handled" not in shown
    assert status == 1


def test_a_target_that_logs_nothing_is_named(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rule whose queue nobody reads."""
    policy = (
        '{"Statement": {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},'
        ' "Action": "sqs:SendMessage"}}'
    )
    created = garage.aws("sqs").create_queue(QueueName="unread", Attributes={"Policy": policy})
    queue = created["QueueUrl"]
    events, rule = garage.aws("events"), {"Name": "unread", "EventBusName": "trunkline-local"}
    events.put_rule(**rule, EventPattern='{"source": ["fleet.vans"]}')
    arn = "arn:aws:sqs:us-east-1:000000000000:unread"
    targets = [{"Id": "queue", "Arn": arn}]
    events.put_targets(Rule="unread", EventBusName="trunkline-local", Targets=targets)
    status = garage.publish("--wait", "4")
    events.remove_targets(Rule="unread", EventBusName="trunkline-local", Ids=["queue"])
    events.delete_rule(**rule)
    (message,) = garage.aws("sqs").receive_message(QueueUrl=queue)["Messages"]

    shown = capsys.readouterr().out
    assert "VanParked -> garage greet-van: 1 handled" in shown
    assert "VanParked -> rule unread: 1 matched, nothing logged by its target yet" in shown
    assert status == 1
    assert json.loads(message["Body"])["detail"]["metadata"]["producer"] == PRODUCER


def test_without_a_platform_the_command_names_the_way_out(
    garage: Garage, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing listens at this address."""
    root = str(garage.folder.parents[1])
    status = main(["publish", "VanParked", "--root", root, "--endpoint", "http://127.0.0.1:9"])

    assert "trunkline up" in capsys.readouterr().err
    assert status == 2
