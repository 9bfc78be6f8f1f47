"""PutEvents, rules, targets, inputs and dead letters as in chapters 1, 3 and 4 of the reference."""

import json

import pytest

from tests.unit.delivery.neighbours import ACCOUNT, DEAD_LETTERS, QUEUE, REGION, World
from trunklab.local.delivery.steps import ApiError

THROTTLED = ApiError("ThrottlingException", "slow down", 429)


@pytest.mark.fact("1.2", "As")
@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        (
            {"Source": ""},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ),
        (
            {"DetailType": ""},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
        ),
        (
            {"Detail": None},
            "InvalidArgument",
            "Parameter Detail is not valid. Reason: Detail is a required argument.",
        ),
        ({"Detail": "not json"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[1,2]"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "5"}, "MalformedDetail", "Detail is malformed."),
        ({"Source": "aws.x"}, "NotAuthorizedForSourceException", "Not authorized for the source."),
    ],
)
def test_an_invalid_entry_fails_alone(members: dict[str, str], code: str, message: str) -> None:
    """The others of the request are published."""
    world = World(Arn=QUEUE)
    valid = {"Source": "s", "DetailType": "d", "Detail": "{}"}

    response = world.call("PutEvents", Entries=[{**valid, **members}, valid])

    assert response["FailedEntryCount"] == 1
    assert response["Entries"][0] == {"ErrorCode": code, "ErrorMessage": message}
    assert len(world.bodies()) == 1


@pytest.mark.fact("1.1", "As")
def test_entries_that_are_too_large_together_fail_as_a_whole() -> None:
    """Nothing is ingested."""
    world = World(Arn=QUEUE)

    with pytest.raises(ApiError, match="Total size of the entries in the request is over"):
        world.put(json.dumps({"a": "x" * 1_048_576}))

    assert not world.bodies()


@pytest.mark.fact("1.2", "As")
def test_an_unknown_bus_accepts_and_drops() -> None:
    """The entry has an event id."""
    world = World(Arn=QUEUE)

    assert world.put(EventBusName="gone")["FailedEntryCount"] == 0
    assert not world.bodies()


@pytest.mark.fact("1.3", "As")
def test_the_envelope_has_the_order_and_form_of_aws() -> None:
    """Compact JSON; resources are present when omitted."""
    world = World(Arn=QUEUE)

    event_id = world.put('{"b": 1, "a": 2}')["Entries"][0]["EventId"]

    expected = (
        f'{{"version":"0","id":"{event_id}","detail-type":"d","source":"s","account":"{ACCOUNT}",'
        f'"time":"2022-01-01T00:00:00Z","region":"{REGION}","resources":[],'
        '"detail":{"b":1,"a":2}}'
    )
    assert world.bodies() == [expected]


@pytest.mark.fact("3.3", "As")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"i": <second>}', '{"i": "y"}'),
        ('{"i": <gone>}', '{"i": ""}'),
        ('"l <list> <gone>."', '"l [x,y] ."'),
        ('{"i": "a/<second>/b"}', '{"i": "a/y/b"}'),
        ('{"i": <object>}', '{"i": {"k":true}}'),
        ('"<object>"', '"{k:true}"'),
        ('{"r": <aws.events.rule-name>}', '{"r": "r"}'),
    ],
)
def test_a_transformer_inserts_by_the_place_of_the_placeholder(
    template: str, expected: str
) -> None:
    """Strings, arrays, objects and missing values, in strings and in JSON."""
    paths = {
        "second": "$.detail.l[1]",
        "list": "$.detail.l[*]",
        "object": "$.detail.o",
        "gone": "$.detail.gone",
    }
    world = World(InputTransformer={"InputPathsMap": paths, "InputTemplate": template})

    world.put('{"l":["x","y"],"o":{"k":true}}')

    assert world.bodies() == [expected]


@pytest.mark.fact("3.3", "As")
def test_a_string_at_an_input_path_keeps_its_quotes() -> None:
    """Array indexes are part of a path."""
    world = World(InputPath="$.detail.l[0]")

    world.put('{"l":["x","y"]}')

    assert world.bodies() == ['"x"']


@pytest.mark.fact("3.3", "As")
def test_a_result_that_is_not_json_is_dead_lettered() -> None:
    """A quoted list in a JSON template."""
    world = World(
        InputTransformer={"InputPathsMap": {"l": "$.detail.l"}, "InputTemplate": '{"l": "<l>"}'},
        DeadLetterConfig={"Arn": DEAD_LETTERS},
    )

    world.put('{"l":["x"]}')

    assert not world.bodies()
    assert _dead_letter(world)["ERROR_CODE"] == "INVALID_JSON"


@pytest.mark.fact("3.5", "Ad")
def test_a_missing_queue_is_dead_lettered_with_six_attributes() -> None:
    """Case 21."""
    gone = QUEUE + "-gone"
    world = World(
        Arn=gone,
        DeadLetterConfig={"Arn": DEAD_LETTERS},
        RetryPolicy={"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
    )

    world.put()

    assert _dead_letter(world) == {
        "RULE_ARN": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r",
        "TARGET_ARN": gone,
        "ERROR_CODE": "NO_RESOURCE",
        "ERROR_MESSAGE": "The specified queue does not exist.",
        "RETRY_ATTEMPTS": "0",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
    }


@pytest.mark.fact("3.5", "Ad")
def test_a_queue_without_its_policy_gets_nothing_and_is_not_retried() -> None:
    """A missing permission is permanent."""
    world = World(DeadLetterConfig={"Arn": DEAD_LETTERS})
    world.neighbours.policies[QUEUE] = None

    world.put()
    world.run()

    assert not world.neighbours.attempts
    assert _dead_letter(world)["ERROR_CODE"] == "NO_PERMISSIONS"


@pytest.mark.fact("3.5", "Ad")
def test_retries_end_after_185_by_default() -> None:
    """The first attempt is not a retry; the pauses repeat from a seed."""
    worlds = [World(DeadLetterConfig={"Arn": DEAD_LETTERS}) for _ in range(2)]
    for world in worlds:
        world.neighbours.errors[QUEUE] = THROTTLED
        world.put()
        world.run()

    attempts = worlds[0].neighbours.attempts
    assert len(attempts) == 186
    assert attempts == worlds[1].neighbours.attempts
    assert _dead_letter(worlds[0])["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


@pytest.mark.fact("3.5", "Ad")
def test_retries_end_at_the_maximum_age() -> None:
    """No attempt is made after it."""
    world = World(
        DeadLetterConfig={"Arn": DEAD_LETTERS}, RetryPolicy={"MaximumEventAgeInSeconds": 60}
    )
    world.neighbours.errors[QUEUE] = THROTTLED

    world.put()
    start = world.now
    world.run()

    assert world.now == start + 60
    assert _dead_letter(world)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"


@pytest.mark.fact("3.1", "As")
@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("DeleteRule", {"Name": "r"}, "Rule can't be deleted since it has targets."),
        ("DescribeRule", {"Name": "x"}, "Rule x does not exist on EventBus default."),
        ("DeleteEventBus", {"Name": "default"}, "Cannot delete event bus default."),
        ("DescribeEventBus", {"Name": "x"}, "Event bus x does not exist."),
        ("CreateEventBus", {"Name": "default"}, "Event bus default already exists."),
        ("CreateEventBus", {"Name": "a/b"}, "Parameter Name is not valid"),
        ("RemovePermission", {"StatementId": "x"}, "EventBus does not have a policy"),
        ("PutRule", {"Name": "x", "ScheduleExpression": "rate(1 minutes)"}, "is not valid"),
        ("PutRule", {"Name": "x"}, "must be specified"),
        ("PutRule", {"Name": "x", "EventPattern": '{"a":[]}'}, "Empty arrays are not allowed"),
        ("TestEventPattern", {"EventPattern": '{"a":[1]}', "Event": "{}"}, "Parameter Event is"),
        ("UpdateArchive", {"ArchiveName": "x"}, "At least one of EventPattern, RetentionDays"),
        ("DescribeArchive", {"ArchiveName": "x"}, "Archive x does not exist."),
    ],
)
def test_the_control_plane_refuses_with_the_text_of_aws(
    operation: str, parameters: dict[str, str], message: str
) -> None:
    """Recorded messages."""
    world = World(Arn=QUEUE)

    with pytest.raises(ApiError) as refused:
        world.call(operation, **parameters)

    assert message in refused.value.message


@pytest.mark.fact("3.1", "As")
def test_a_sixth_target_is_refused() -> None:
    """None of the call's targets is added."""
    world = World(Arn=QUEUE)

    with pytest.raises(ApiError) as refused:
        world.call(
            "PutTargets", Rule="r", Targets=[{"Id": f"t{n}", "Arn": QUEUE} for n in range(5)]
        )

    assert refused.value.code == "LimitExceededException"
    assert len(world.call("ListTargetsByRule", Rule="r")["Targets"]) == 1


@pytest.mark.fact("4.6", "Ad")
def test_the_bus_log_holds_the_way_of_an_event() -> None:
    """Readable as a log group."""
    world = World(Arn=QUEUE)

    world.put()

    group = "/aws/vendedlogs/events/event-bus/default"
    response = world.buses.log_records(group, "FilterLogEvents", {})
    assert response is not None
    types = [json.loads(event["message"])["message_type"] for event in response["events"]]
    assert types == [
        "EVENT_RECEIPT",
        "RULE_MATCH",
        "INVOCATION_START",
        "INVOCATION_ATTEMPT_SUCCESS",
        "INVOCATION_SUCCESS",
    ]


@pytest.mark.fact("4.6", "Ad")
@pytest.mark.parametrize(
    ("error", "members", "types"),
    [
        (None, {"Source": "other"}, ["NO_STANDARD_RULES_MATCHED"]),
        (
            THROTTLED,
            {},
            [
                *("RULE_MATCH", "INVOCATION_START", "INVOCATION_ATTEMPT_RETRYABLE_FAILURE"),
                *("INVOCATION_ATTEMPT_RETRYABLE_FAILURE", "INVOCATION_FAILURE", "INVOCATION_DLQ"),
            ],
        ),
        (
            ApiError("InvalidParameterValue", "bad"),
            {},
            [
                *("RULE_MATCH", "INVOCATION_START", "INVOCATION_ATTEMPT_PERMANENT_FAILURE"),
                *("INVOCATION_FAILURE", "INVOCATION_DLQ"),
            ],
        ),
    ],
)
def test_the_bus_log_tells_why_an_event_failed(
    error: ApiError | None, members: dict[str, str], types: list[str]
) -> None:
    """Each record names its event and the bus."""
    retry = {"MaximumRetryAttempts": 1}
    world = World(RetryPolicy=retry, DeadLetterConfig={"Arn": DEAD_LETTERS})
    world.neighbours.errors = {QUEUE: error} if error else {}
    event_id = world.put(**members)["Entries"][0]["EventId"]
    world.run()

    group = "/aws/vendedlogs/events/event-bus/default"
    response = world.buses.log_records(group, "FilterLogEvents", {})
    assert response is not None
    records = [json.loads(event["message"]) for event in response["events"]]
    assert [record["message_type"] for record in records] == ["EVENT_RECEIPT", *types]
    assert {record["event_id"] for record in records} == {event_id}
    bus_arn = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    assert {record["resource_arn"] for record in records} == {bus_arn}


def _dead_letter(world: World) -> dict[str, str]:
    assert len(world.bodies(DEAD_LETTERS)) == 1
    attributes = world.neighbours.attributes[-1]
    assert attributes is not None
    return {name: value["StringValue"] for name, value in attributes.items()}
