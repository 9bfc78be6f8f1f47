"""Errors of the `events` API, chapters 1.1, 1.2, 2.7, 3.1 and 4.7 of the reference."""

import json
from typing import Any

import pytest

from tests.virtual_aws import ACCOUNT, REGION, START, VirtualAws

fact = pytest.mark.fact
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
TARGET = {"Id": "1", "Arn": QUEUE}
ENTRY = {"Source": "s", "DetailType": "d", "Detail": "{}"}
PATTERN = '{"source":["app"]}'
VALIDATION = "ValidationException"
MISSING = "ResourceNotFoundException"
FORMAT = "Provided Arn is not in correct format."
SATISFY = "Member must satisfy regular expression pattern: "
ID_PATTERN = SATISFY + r"[\.\-_A-Za-z0-9]+"


def violation(value: str, where: str, constraint: str) -> str:
    """Returns AWS's text for one constraint of a service model."""
    what = f"Value {value} at '{where}' failed to satisfy constraint: {constraint}"
    return f"1 validation error detected: {what}"


@pytest.fixture
def aws() -> VirtualAws:
    """An account with the rule `rule`, which sends to the queue q."""
    aws = VirtualAws()
    aws.rule({"Id": "1", "Arn": aws.queue("q")})
    return aws


def put_targets(**members: Any) -> dict[str, Any]:
    """Returns the parameters of PutTargets for one target."""
    return {"Rule": "rule", "Targets": [TARGET | members]}


INVALID_REQUESTS: list[tuple[str, str, str, dict[str, Any], str]] = [
    *(
        ("1.1", "Am", "PutEvents", given, violation(value, where, constraint))
        for given, value, where, constraint in (
            ({}, "null", "entries", "Member must not be null"),
            (
                *({"Entries": []}, "'[]'", "entries"),
                "Member must have length greater than or equal to 1",
            ),
            (
                {"Entries": [ENTRY | {"TraceHeader": "x" * 501}]},
                *("'" + "x" * 501 + "'", "entries.1.member.traceHeader"),
                "Member must have length less than or equal to 500",
            ),
            (
                {"Entries": [ENTRY, ENTRY | {"TraceHeader": ""}]},
                *("''", "entries.2.member.traceHeader"),
                "Member must have length greater than or equal to 1",
            ),
            (
                {"Entries": [ENTRY], "EndpointId": "x"},
                *("'x'", "endpointId"),
                SATISFY + r"^[A-Za-z0-9\-]+[\.][A-Za-z0-9\-]+$",
            ),
        )
    ),
    *(
        ("3.1", "As", "PutTargets", put_targets(**members), message)
        for members, message in (
            ({"Id": "a b"}, violation("'a b'", "targets.1.member.id", ID_PATTERN)),
            (
                {"InputPath": "$", "Input": "{}"},
                "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
            ),
            (
                {"InputTransformer": {"InputTemplate": "<a>", "InputPathsMap": {"b": "$"}}},
                "InputTemplate for target 1 contains invalid placeholder a.",
            ),
            (
                {"InputTransformer": {"InputTemplate": '"x"'}, "InputPath": "$"},
                "Only one of Input, InputPath, or InputTransformer must be provided for target 1.",
            ),
        )
    ),
    *(
        ("3.1", "Am", "PutTargets", put_targets(**members), message)
        for members, message in (
            ({"Arn": "q"}, f"Parameter q is not valid. Reason: {FORMAT}"),
            ({"Arn": "arn:aws:sqs"}, f"Parameter arn:aws:sqs is not valid. Reason: {FORMAT}"),
            ({"Input": "text"}, "JSON syntax error in input for target 1."),
            (
                {"InputTransformer": {"InputTemplate": "x"}},
                'Invalid InputTemplate for target 1 : [Source: (String)"x"; line: 1, column: 1].',
            ),
            (
                {"Arn": f"{QUEUE}.fifo"},
                "Parameter(s) SqsParameters must be specified for target: 1.",
            ),
            (
                {"Arn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"},
                f"RoleArn is required for target arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m.",
            ),
            (
                {"RetryPolicy": {"MaximumRetryAttempts": 186}},
                violation(
                    "'186'",
                    "targets.1.member.retryPolicy.maximumRetryAttempts",
                    "Member must have value less than or equal to 185",
                ),
            ),
            (
                {"RetryPolicy": {"MaximumEventAgeInSeconds": 59}},
                violation(
                    "'59'",
                    "targets.1.member.retryPolicy.maximumEventAgeInSeconds",
                    "Member must have value greater than or equal to 60",
                ),
            ),
        )
    ),
    *(
        ("3.1", mark, operation, given, message)
        for mark, operation, given, message in (
            ("As", "DeleteRule", {"Name": "rule"}, "Rule can't be deleted since it has targets."),
            ("As", "DeleteEventBus", {"Name": "default"}, "Cannot delete event bus default."),
            (
                *("Am", "PutRule", {"Name": "x"}),
                "Parameter(s) EventPattern or ScheduleExpression must be specified.",
            ),
            ("Am", "PutRule", {"Name": "a b"}, violation("'a b'", "name", ID_PATTERN)),
            (
                *("Am", "PutRule", {"Name": "x" * 65}),
                violation(
                    f"'{'x' * 65}'", "name", "Member must have length less than or equal to 64"
                ),
            ),
            (
                *("Am", "CreateEventBus", {"Name": "a/b"}),
                "Parameter Name is not valid. Reason: Event bus name must not contain '/'.",
            ),
        )
    ),
    *(
        ("2.7", "As", "TestEventPattern", {"EventPattern": PATTERN, "Event": event}, message)
        for message in ["Parameter Event is not valid."]
        for event in (
            *("text", "[]", "1", "{}"),
            *(
                json.dumps(
                    {
                        key: "x"
                        for key in ("id", "account", "source", "time", "region", "detail-type")
                        if key != left_out
                    }
                )
                for left_out in ("id", "account", "source", "time", "region", "detail-type")
            ),
        )
    ),
    *(
        ("4.7", "Am", "PutPermission", given, f"Parameter {name} is not valid. Reason: {reason}")
        for given, name, reason in (
            ({}, "StatementId", "StatementId is a required argument."),
            (
                {"StatementId": "s", "Action": "events:PutEvents"},
                *("Principal", "Principal is a required argument."),
            ),
            ({"StatementId": "s", "Principal": "*"}, "Action", "Action is a required argument."),
            ({"Policy": "text"}, "Policy", "Invalid JSON."),
            ({"Policy": "[]"}, "Policy", "Its statements are not objects."),
            ({"Policy": '{"Statement":["x"]}'}, "Policy", "Its statements are not objects."),
        )
    ),
]


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [pytest.param(*case, marks=fact(chapter, mark)) for chapter, mark, *case in INVALID_REQUESTS],
)
def test_an_invalid_request_fails_as_a_whole(
    aws: VirtualAws, operation: str, given: dict[str, Any], message: str
) -> None:
    """Code and full text."""
    error = aws.refusal("events", operation, **given)

    assert (error.code, error.status, error.message) == (VALIDATION, 400, message)


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        pytest.param(operation, given, f"{what} does not exist{tail}.", marks=fact(chapter, "As"))
        for chapter, operation, given, what, tail in (
            ("1.2", "PutRule", {"Name": "r", "EventPattern": PATTERN}, "Event bus x", ""),
            ("1.2", "DescribeEventBus", {}, "Event bus x", ""),
            ("3.1", "DeleteEventBus", {}, "Event bus x", ""),
            ("3.1", "UpdateEventBus", {}, "Event bus x", ""),
            ("3.1", "DeleteRule", {"Name": "r"}, "Event bus x", ""),
            ("3.1", "ListRules", {}, "Event bus x", ""),
            ("3.1", "ListRuleNamesByTarget", {"TargetArn": QUEUE}, "Event bus x", ""),
            ("4.7", "RemovePermission", {"StatementId": "s"}, "Event bus x", ""),
            *(
                ("3.1", operation, {**given, "EventBusName": "default"}, "Rule x", tail)
                for tail in [" on EventBus default"]
                for operation, given in (
                    ("DescribeRule", {"Name": "x"}),
                    ("EnableRule", {"Name": "x"}),
                    ("DisableRule", {"Name": "x"}),
                    ("PutTargets", {"Rule": "x", "Targets": [TARGET]}),
                    ("RemoveTargets", {"Rule": "x", "Ids": ["1"]}),
                    ("ListTargetsByRule", {"Rule": "x"}),
                )
            ),
        )
    ],
)
def test_what_is_missing_is_not_found(
    aws: VirtualAws, operation: str, given: dict[str, Any], message: str
) -> None:
    """The error names it."""
    place = "Name" if operation.endswith("EventBus") else "EventBusName"

    error = aws.refusal("events", operation, **{place: "x", **given})

    assert (error.code, error.message) == (MISSING, message)


@fact("1.1", "As")
def test_eleven_entries_fail_as_a_whole(aws: VirtualAws) -> None:
    """The message shows each entry with all its members."""
    error = aws.refusal("events", "PutEvents", Entries=[ENTRY] * 11)

    entry = (
        "PutEventsRequestEntry(time=null, source=s, resources=null, detailType=d, detail={},"
        " eventBusName=null, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)"
    )
    limit = "Member must have length less than or equal to 10"
    assert error.message == violation(f"'[{', '.join([entry] * 11)}]'", "entries", limit)


@fact("1.1", "Ad")
@pytest.mark.parametrize(("spare", "failed"), [(0, False), (1, True)])
def test_the_size_of_a_request_counts_bytes_of_four_members(
    aws: VirtualAws, spare: int, *, failed: bool
) -> None:
    """And 14 for a time; neither trace header nor bus name."""
    entry = {
        "Time": START,
        "Source": "ä",
        "DetailType": "d",
        "Resources": ["r", "r"],
        "TraceHeader": "x" * 500,
        "EventBusName": "default",
    }
    detail = '{"a":"' + "x" * (1_048_576 - 14 - 2 - 1 - 2 - 8 + spare) + '"}'
    given = {"Entries": [entry | {"Detail": detail}]}

    if failed:
        message = "Total size of the entries in the request is over the limit."
        assert aws.refusal("events", "PutEvents", **given).message == message
    else:
        assert aws.call("events", "PutEvents", **given)["FailedEntryCount"] == 0
