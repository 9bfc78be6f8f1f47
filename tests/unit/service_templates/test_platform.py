"""Tests what the platform stack offers to the services and to other accounts."""

import re
from fnmatch import fnmatchcase
from typing import Final

import pytest

from tests.unit.service_templates.stack import PLATFORM, stack
from tests.unit.service_templates.stack_invariants import published_names
from trunklab import settings
from trunklab.contracts.contract_files import contracts_in
from trunkline.bounds import MARK_DAYS_MAX

OWN_SOURCES: Final = sorted({contract.source for contract in contracts_in(settings.REPOSITORY)})


def allows(entry: str) -> bool:
    """True if CloudFormation accepts the entry: the pattern must match all of it."""
    parameter = stack(PLATFORM).body["Parameters"]["AllowedSources"]
    return re.fullmatch(parameter.get("AllowedPattern", ".*"), entry) is not None


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


def test_the_archive_ends_within_the_time_that_marks_can_be_kept() -> None:
    """An event that is replayed after its mark is gone would be handled twice."""
    days = stack(PLATFORM).body["Parameters"]["ArchiveRetentionDays"]

    assert (days["MinValue"], days["MaxValue"]) == (1, MARK_DAYS_MAX)
    assert days["MinValue"] <= days["Default"] <= days["MaxValue"]


def test_the_bus_is_closed_unless_it_is_opened() -> None:
    """By default no other account may put events."""
    parameters = stack(PLATFORM).body["Parameters"]

    assert parameters["AllowedAccounts"]["Default"] == ""
    assert parameters["AllowedOrganization"]["Default"] == ""
    assert allows(parameters["AllowedSources"]["Default"])


@pytest.mark.parametrize("source", OWN_SOURCES)
def test_other_accounts_cannot_be_allowed_a_source_of_ours(source: str) -> None:
    """Neither by its name nor by a wildcard that matches it, wherever the wildcard stands."""
    ends = range(len(source) + 1)
    entries = {
        *("*", "*.*", f"{source}?"),
        *(f"{source[:end]}*" for end in ends),
        *(f"*{source[end:]}" for end in ends),
        *(f"{source[:end]}?{source[end + 1 :]}" for end in ends),
        *(f"{source[:end]}*{source[end:]}" for end in ends),
    }

    assert [entry for entry in entries if fnmatchcase(source, entry) and allows(entry)] == []


@pytest.mark.parametrize(
    "entry", ["", " ", "?", "a?.b", "a*", "*.b", "a.*.b", "a.b**", "a,b", "ä.b"]
)
def test_an_entry_that_may_stand_for_anything_is_refused(entry: str) -> None:
    """Only a literal first part tells that none of our sources is meant."""
    assert not allows(entry)


@pytest.mark.parametrize("entry", ["external.*", "partner.crm", "com.acme.crm*", "acme", "a-b/c.d"])
def test_sources_of_others_are_accepted(entry: str) -> None:
    """Entries that match none of our sources."""
    assert allows(entry)


def test_one_alarm_watches_every_rule_of_the_bus() -> None:
    """The query names the bus and no rule, so that a new consumer needs no alarm of its own."""
    (alarm,) = stack(PLATFORM).of("AWS::CloudWatch::Alarm").values()

    (query,) = [metric["Expression"]["Fn::Sub"] for metric in alarm["Metrics"]]

    assert "InvocationsFailedToBeSentToDlq" in query
    assert "EventBusName = '${Bus}'" in query
    assert "RuleName =" not in query
