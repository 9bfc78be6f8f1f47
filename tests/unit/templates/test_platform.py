"""Tests what the platform stack offers to the services and to other accounts."""

from tests.unit.templates.stack import PLATFORM, stack
from tests.unit.templates.stack_invariants import published_names


def test_the_platform_publishes_its_names_per_stage() -> None:
    """Services find bus, registry, retention and alarms under names that only a stage changes."""
    values = {name: entry["Value"] for name, entry in published_names(stack(PLATFORM)).items()}

    assert values == {
        "/trunkline/<stage>/bus-name": {"Ref": "Bus"},
        "/trunkline/<stage>/bus-arn": {"Fn::GetAtt": ["Bus", "Arn"]},
        "/trunkline/<stage>/registry-name": {"Fn::GetAtt": ["Registry", "RegistryName"]},
        "/trunkline/<stage>/archive-days": {"Ref": "ArchiveRetentionDays"},
        "/trunkline/<stage>/alarm-topic": {"Ref": "AlarmTopic"},
    }


def test_the_archive_takes_every_event_of_the_bus() -> None:
    """The archive has no pattern: what is not in it cannot be replayed."""
    (archive,) = stack(PLATFORM).of("AWS::Events::Archive").values()

    assert archive["SourceArn"] == {"Fn::GetAtt": ["Bus", "Arn"]}
    assert archive["RetentionDays"] == {"Ref": "ArchiveRetentionDays"}
    assert "EventPattern" not in archive


def test_the_bus_is_closed_unless_it_is_opened() -> None:
    """By default no other account may put events, and one that may cannot call itself shop.*."""
    parameters = stack(PLATFORM).body["Parameters"]

    assert parameters["AllowedAccounts"]["Default"] == ""
    assert parameters["AllowedOrganization"]["Default"] == ""
    assert not parameters["AllowedSources"]["Default"].startswith(("*", "shop"))


def test_one_alarm_watches_every_rule_of_the_bus() -> None:
    """The query names the bus and no rule, so that a new consumer needs no alarm of its own."""
    (alarm,) = stack(PLATFORM).of("AWS::CloudWatch::Alarm").values()

    (query,) = [metric["Expression"]["Fn::Sub"] for metric in alarm["Metrics"]]

    assert "InvocationsFailedToBeSentToDlq" in query
    assert "EventBusName = '${Bus}'" in query
    assert "RuleName =" not in query
