"""Archives as in chapter 4.1 of the reference, and the refusals of replays in 4.2."""

from typing import Any

import pytest

from tests.virtual_aws import ACCOUNT, REGION, START, VirtualAws

fact = pytest.mark.fact
ARN = f"arn:aws:events:{REGION}:{ACCOUNT}"
BUS = f"{ARN}:event-bus/default"
VALIDATION = "ValidationException"
MISSING = "ResourceNotFoundException"
REPLAY: dict[str, Any] = {
    "ReplayName": "r",
    "EventSourceArn": f"{ARN}:archive/a",
    "EventStartTime": START,
    "EventEndTime": START + 1,
    "Destination": {"Arn": BUS},
}

INVALID_REPLAYS: list[tuple[dict[str, Any], str, str]] = [
    ({"EventSourceArn": f"{ARN}:archive/x"}, "EventSourceArn", "Archive x does not exist."),
    (
        {"Destination": {"Arn": f"{ARN}:event-bus/b"}},
        *("Destination.Arn", "Cross event bus replay is not permitted."),
    ),
    *(
        ({"EventEndTime": end}, "EventEndTime", "EventStartTime must be before EventEndTime.")
        for end in (START, START - 1)
    ),
]


@pytest.fixture
def aws() -> VirtualAws:
    """An account with the archive a of the default bus."""
    aws = VirtualAws()
    aws.call("events", "CreateEventBus", Name="b")
    aws.call("events", "CreateArchive", ArchiveName="a", EventSourceArn=BUS)
    return aws


@pytest.mark.parametrize(
    ("operation", "given", "code", "message"),
    [
        pytest.param(*case, marks=fact(chapter, mark))
        for chapter, mark, *case in (
            (
                *("4.1", "As", "CreateArchive"),
                {"ArchiveName": "x", "EventSourceArn": f"{ARN}:event-bus/x"},
                *(MISSING, "Event bus x does not exist."),
            ),
            (
                *("4.1", "As", "CreateArchive", {"ArchiveName": "a", "EventSourceArn": BUS}),
                *("ResourceAlreadyExistsException", "Archive a already exists."),
            ),
            (
                *("4.1", "As", "CreateArchive"),
                {"ArchiveName": "x", "EventSourceArn": BUS, "EventPattern": '{"a":[]}'},
                "InvalidEventPatternException",
                "Event pattern is not valid. Reason: Empty arrays are not allowed",
            ),
            *(
                ("4.1", "As", operation, {"ArchiveName": "x", **given}, MISSING, message)
                for message in ["Archive x does not exist."]
                for operation, given in (
                    ("DescribeArchive", {}),
                    ("DeleteArchive", {}),
                    ("UpdateArchive", {"Description": "d"}),
                )
            ),
            *(
                (
                    *("4.1", "As", "UpdateArchive", {"ArchiveName": name}, VALIDATION),
                    "At least one of EventPattern, RetentionDays or Description must be provided.",
                )
                for name in ("a", "x")
            ),
            (
                *("4.1", "Am", "ListArchives"),
                {"NamePrefix": "a", "EventSourceArn": BUS},
                VALIDATION,
                (
                    "At most one filter is allowed for ListArchives. Use either : State,"
                    " EventSourceArn, or NamePrefix."
                ),
            ),
            (
                *("3.1", "Am", "CreateArchive"),
                {"ArchiveName": "x" * 49, "EventSourceArn": BUS},
                VALIDATION,
                (
                    f"1 validation error detected: Value '{'x' * 49}' at 'archiveName' failed to"
                    " satisfy constraint: Member must have length less than or equal to 48"
                ),
            ),
            (
                "4.2",
                "As",
                "DescribeReplay",
                {"ReplayName": "x"},
                MISSING,
                "Replay x does not exist.",
            ),
            ("4.2", "As", "CancelReplay", {"ReplayName": "x"}, MISSING, "Replay x does not exist."),
            *(
                (
                    *("4.2", "As", "StartReplay", REPLAY | members, VALIDATION),
                    f"Parameter {name} is not valid. Reason: {reason}",
                )
                for members, name, reason in INVALID_REPLAYS
            ),
            (
                *("4.2", "As", "StartReplay"),
                REPLAY | {"Destination": {"Arn": f"{ARN}:event-bus/x"}},
                *(MISSING, "Event bus x does not exist."),
            ),
        )
    ],
)
def test_an_invalid_request_is_refused(
    aws: VirtualAws, operation: str, given: dict[str, Any], code: str, message: str
) -> None:
    """Code and first line; an update is checked before its archive is looked up."""
    error = aws.refusal("events", operation, **given)

    assert (error.code, error.message.partition("\n")[0]) == (code, message)


@fact("4.1", "As")
def test_a_new_archive_is_enabled_and_empty(aws: VirtualAws) -> None:
    """It keeps events without end; a list shows neither its ARN nor its pattern."""
    given = {"EventSourceArn": f"{ARN}:event-bus/b", "EventPattern": '{"source":["app"]}'}
    arn = f"{ARN}:archive/new"
    shown = {
        "ArchiveName": "new",
        "EventSourceArn": given["EventSourceArn"],
        "State": "ENABLED",
        "RetentionDays": 0,
        "SizeBytes": 0,
        "EventCount": 0,
        "CreationTime": START,
    }

    made = aws.call("events", "CreateArchive", ArchiveName="new", Description="d", **given)

    assert made == {"ArchiveArn": arn, "State": "ENABLED", "CreationTime": START}
    described = aws.call("events", "DescribeArchive", ArchiveName="new")
    assert described == shown | given | {"ArchiveArn": arn, "Description": "d"}
    assert aws.call("events", "ListArchives", NamePrefix="n") == {"Archives": [shown]}


@fact("4.1", "As")
@pytest.mark.parametrize(
    "change",
    [{"RetentionDays": 7}, {"Description": "d"}, {"EventPattern": '{"source":["other"]}'}],
)
def test_an_update_changes_what_it_names(aws: VirtualAws, change: dict[str, Any]) -> None:
    """All else remains."""
    before = aws.call("events", "DescribeArchive", ArchiveName="a")

    aws.call("events", "UpdateArchive", ArchiveName="a", **change)

    assert aws.call("events", "DescribeArchive", ArchiveName="a") == before | change


@fact("4.1", "As")
def test_a_deleted_archive_is_gone(aws: VirtualAws) -> None:
    """Its name can be used again."""
    assert aws.call("events", "DeleteArchive", ArchiveName="a") == {}

    assert aws.call("events", "ListArchives") == {"Archives": []}
    assert aws.call("events", "CreateArchive", ArchiveName="a", EventSourceArn=BUS)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["a"]),
        ({"NamePrefix": "x"}, []),
        ({"State": "ENABLED"}, ["a"]),
        ({"State": "DISABLED"}, []),
        ({"EventSourceArn": BUS}, ["a"]),
        ({"EventSourceArn": f"{ARN}:event-bus/b"}, []),
    ],
)
def test_a_list_of_archives_is_filtered(
    aws: VirtualAws, given: dict[str, str], names: list[str]
) -> None:
    """By prefix, state or bus."""
    found = aws.call("events", "ListArchives", **given)["Archives"]

    assert [archive["ArchiveName"] for archive in found] == names


@fact("4.2", "As")
def test_there_are_no_replays(aws: VirtualAws) -> None:
    """A valid replay is refused in words."""
    assert "not there yet" in aws.refusal("events", "StartReplay", **REPLAY).message
    assert aws.call("events", "ListReplays") == {"Replays": []}
