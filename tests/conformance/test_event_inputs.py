"""Envelopes, target inputs and calls of targets, chapters 1.2 to 1.4, 3.3 and 3.4."""

import json
from typing import Any

import pytest

from tests.virtual_aws import ACCOUNT, REGION, ROLE, START, VirtualAws
from trunklab.local.delivery.steps import ApiError

fact = pytest.mark.fact
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/rule"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m"
STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
TRACE = "Root=1-00000000-000000000000000000000001"
DETAIL = {"s": "x", "n": 1, "b": True, "o": {"k": "v", "n": [1]}, "l": ["A", "B"], "q": 'a"b'}


@pytest.fixture
def aws() -> VirtualAws:
    """An account with the queue q."""
    aws = VirtualAws()
    aws.queue("q")
    return aws


def received(aws: VirtualAws, entry: dict[str, Any] | None = None, **target: Any) -> list[str]:
    """Publishes an event to a target and returns the bodies in the queue."""
    aws.rule({"Id": "1", "Arn": QUEUE, **target})
    aws.publish(DETAIL, **(entry or {}))
    return [one["Body"] for one in aws.drain(QUEUE)]


@fact("1.3", "As")
def test_an_envelope_has_nine_members_in_order(aws: VirtualAws) -> None:
    """Resources are present when omitted; neither trace header nor bus name is."""
    (body,) = received(aws, {"TraceHeader": TRACE, "EventBusName": "default"})

    event = json.loads(body)
    assert list(event.items()) == [
        *(("version", "0"), ("id", event["id"]), ("detail-type", "Happened"), ("source", "app")),
        *(("account", ACCOUNT), ("time", "2027-01-15T08:00:00Z"), ("region", REGION)),
        *(("resources", []), ("detail", DETAIL)),
    ]
    assert body == json.dumps(event, separators=(",", ":"))


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        pytest.param(1_640_995_200, "2022-01-01T00:00:00Z", marks=fact("1.2", "As")),
        pytest.param(1_640_995_200.999, "2022-01-01T00:00:00Z", marks=fact("1.2", "C")),
        pytest.param("2022-01-01T01:00:00+01:00", "2022-01-01T00:00:00Z", marks=fact("1.2", "As")),
        pytest.param(0, "1970-01-01T00:00:00Z", marks=fact("1.2", "As")),
    ],
)
def test_a_given_time_is_the_events(aws: VirtualAws, time: object, shown: str) -> None:
    """In UTC, to the second."""
    assert received(aws, {"Time": time}, InputPath="$.time") == [f'"{shown}"']


@pytest.mark.parametrize("time", [1e20, -1e20, 253_402_300_800, -62_135_596_801])
def test_a_time_outside_the_calendar_fails_its_entry(aws: VirtualAws, time: float) -> None:
    """The others are published."""
    aws.rule({"Id": "1", "Arn": QUEUE})
    entry = {"Source": "app", "DetailType": "d", "Detail": "{}"}

    answered = aws.call("events", "PutEvents", Entries=[entry | {"Time": time}, entry])

    assert answered["FailedEntryCount"] == 1
    assert answered["Entries"][0]["ErrorCode"] == "InvalidArgument"
    assert len(aws.drain(QUEUE)) == 1


@pytest.mark.parametrize("member", ["Source", "DetailType", "Detail", "Resources"])
def test_half_of_a_surrogate_pair_fails_the_request(aws: VirtualAws, member: str) -> None:
    """JSON can escape it; UTF-8 cannot hold it."""
    entry: dict[str, Any] = {"Source": "app", "DetailType": "d", "Detail": "{}"}
    entry[member] = ["\ud800"] if member == "Resources" else "\ud800"

    error = aws.refusal("events", "PutEvents", Entries=[entry])

    assert error.code == "SerializationException"


@fact("1.2", "As")
def test_all_deliveries_of_an_entry_carry_its_id(aws: VirtualAws) -> None:
    """Two rules with one target: two messages."""
    aws.rule({"Id": "1", "Arn": QUEUE, "InputPath": "$.id"})
    aws.call("events", "PutRule", Name="second", EventPattern='{"source":["app"]}')
    aws.call(
        *("events", "PutTargets"),
        Rule="second",
        Targets=[{"Id": "1", "Arn": QUEUE, "InputPath": "$.id"}],
    )

    event_id = aws.publish()["EventId"]

    assert [one["Body"] for one in aws.drain(QUEUE)] == [f'"{event_id}"'] * 2


@fact("1.4", "Ad")
def test_equal_entries_are_two_events(aws: VirtualAws) -> None:
    """Nothing is deduplicated."""
    aws.rule({"Id": "1", "Arn": QUEUE})

    assert aws.publish()["EventId"] != aws.publish()["EventId"]
    assert len(aws.drain(QUEUE)) == 2


@fact("1.2", "As")
def test_a_failed_delivery_is_not_in_the_response(aws: VirtualAws) -> None:
    """The queue does not exist."""
    aws.rule({"Id": "1", "Arn": f"{QUEUE}-gone"})

    assert list(aws.publish()) == ["EventId"]


@pytest.mark.parametrize(
    ("target", "body"),
    [
        pytest.param(target, body, marks=fact("3.3", mark))
        for mark, target, body in (
            ("Am", {"Input": '{"a": 1}'}, '{"a": 1}'),
            ("As", {"InputPath": "$.detail.s"}, '"x"'),
            ("Am", {"InputPath": "$.detail['s']"}, '"x"'),
            ("Am", {"InputPath": "$.detail.n"}, "1"),
            ("Am", {"InputPath": "$['detail-type']"}, '"Happened"'),
            ("Am", {"InputPath": "$.detail-type"}, '"Happened"'),
            ("Am", {"InputPath": "$.resources"}, "[]"),
            ("Am", {"InputPath": "$.detail.o"}, '{"k":"v","n":[1]}'),
        )
    ],
)
def test_a_part_of_the_event_or_a_constant_is_the_input(
    aws: VirtualAws, target: dict[str, Any], body: str
) -> None:
    """A string keeps its quotes."""
    assert received(aws, **target) == [body]


@pytest.mark.parametrize(
    ("template", "bodies"),
    [
        pytest.param(template, bodies, marks=fact("3.3", mark))
        for mark, template, bodies in (
            ("As", '"Event of <s> type, at <n>"', ['"Event of x type, at 1"']),
            ("As", '"first <s>"\n"second <n>"', ['"first x"\n"second 1"']),
            ("As", '"<o> <l> <b>"', ['"{k:v,n:[1]} [A,B] true"']),
            ("As", '"<gone>!"', ['"!"']),
            (
                "As",
                '{"v": <s>, "o": <o>, "b": <b>}',
                ['{"v": "x", "o": {"k":"v","n":[1]}, "b": true}'],
            ),
            ("As", '{"v": "a/<s>/b"}', ['{"v": "a/x/b"}']),
            ("As", '{"v": "<s>"}', ['{"v": "x"}']),
            ("As", '{"v": <gone>}', ['{"v": ""}']),
            ("As", "<o>", ['{"k":"v","n":[1]}']),
            ("As", '{"v": "<o>"}', []),
            ("As", '{"v": "<l>"}', []),
            ("As", '{"v": "<q>"}', []),
            ("As", '{"v": <q>}', ['{"v": "a\\"b"}']),
            ("As", '"<aws.events.rule-arn>"', [f'"{RULE}"']),
            ("As", '{"v": <aws.events.rule-name>}', ['{"v": "rule"}']),
            ("As", "<aws.events.event.ingestion-time>", ['"2027-01-15T08:00:00Z"']),
        )
    ],
)
def test_a_template_is_filled(aws: VirtualAws, template: str, bodies: list[str]) -> None:
    """A result that is not JSON is not delivered."""
    paths = {name: f"$.detail.{name}" for name in [*DETAIL, "gone"]}
    transformer = {"InputPathsMap": paths, "InputTemplate": template}

    assert received(aws, InputTransformer=transformer) == bodies


@fact("3.3", "As")
def test_the_event_in_a_template_has_no_detail(aws: VirtualAws) -> None:
    """`aws.events.event` spells detailType and has an order of its own; `.json` is the whole."""
    template = '{"a": <aws.events.event>, "b": <aws.events.event.json>}'
    (body,) = received(aws, InputTransformer={"InputTemplate": template})

    found = json.loads(body)
    names = ["id", "account", "detailType", "time", "source", "region", "resources", "version"]
    assert list(found["a"]) == names
    assert found["b"]["detail"] == DETAIL


@fact("3.4", "Am")
def test_a_message_carries_the_trace_header_as_a_system_attribute(aws: VirtualAws) -> None:
    """A FIFO queue gets the message group of its target."""
    fifo = aws.queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    aws.rule({"Id": "1", "Arn": fifo, "SqsParameters": {"MessageGroupId": "g"}})
    aws.publish(TraceHeader=TRACE)

    (message,) = aws.receive(fifo)
    attributes = message["Attributes"]
    assert attributes["AWSTraceHeader"] == TRACE
    assert attributes["MessageGroupId"] == "g"


@fact("3.4", "Am")
def test_a_fifo_queue_needs_content_based_deduplication(aws: VirtualAws) -> None:
    """Without it, the event is a dead letter."""
    dead, fifo = aws.queue("dead"), aws.queue("q.fifo", FifoQueue="true")
    target = {"SqsParameters": {"MessageGroupId": "g"}, "DeadLetterConfig": {"Arn": dead}}
    aws.rule({"Id": "1", "Arn": fifo, **target})
    aws.publish()

    assert aws.drain(fifo) == []
    (letter,) = aws.drain(dead)
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "INVALID_PARAMETER"


@fact("3.4", "Ad")
def test_a_function_that_fails_is_not_retried_by_the_bus(aws: VirtualAws) -> None:
    """Its event was delivered; the dead-letter queue of the target stays empty."""

    def fail(_event: object) -> None:
        raise ValueError

    dead, function = aws.queue("dead"), aws.function("f", fail)
    aws.rule({"Id": "1", "Arn": function, "DeadLetterConfig": {"Arn": dead}})
    aws.publish()
    aws.advance(86_400)

    assert len(aws.invoked) == 3
    assert aws.drain(dead) == []


@fact("3.4", "Am")
@pytest.mark.parametrize(
    ("target", "operation", "given"),
    [
        (TOPIC, "Publish", {"TopicArn": TOPIC, "Message": '{"a":1}'}),
        (MACHINE, "StartExecution", {"stateMachineArn": MACHINE, "input": '{"a":1}'}),
        (STREAM, "PutRecord", {"StreamARN": STREAM, "Data": b'{"a":1}'}),
    ],
)
def test_targets_are_called_with_the_shaped_input(
    aws: VirtualAws, target: str, operation: str, given: dict[str, Any]
) -> None:
    """SNS without message attributes."""
    received(aws, Arn=target, RoleArn=ROLE, Input='{"a":1}')

    (call,) = aws.rented
    assert call.operation == operation
    assert {**call.parameters, **given} == call.parameters
    assert "MessageAttributes" not in call.parameters


@fact("3.4", "Am")
@pytest.mark.parametrize(
    ("path", "key"), [(None, None), ("$.detail.s", "x"), ("$.detail.gone", None)]
)
def test_the_partition_key_is_found_in_the_original_event(
    aws: VirtualAws, path: str | None, key: str | None
) -> None:
    """By default it is the id of the event."""
    parameters = {"KinesisParameters": {"PartitionKeyPath": path}} if path else {}
    aws.rule({"Id": "1", "Arn": STREAM, "RoleArn": ROLE, "Input": "{}", **parameters})
    event_id = aws.publish(DETAIL)["EventId"]

    (call,) = aws.rented
    assert call.parameters["PartitionKey"] == (key or event_id)


@fact("3.4", "Ad")
def test_an_event_keeps_its_envelope_from_bus_to_bus(aws: VirtualAws) -> None:
    """Time included."""
    bus = aws.call("events", "CreateEventBus", Name="b")["EventBusArn"]
    aws.rule({"Id": "1", "Arn": QUEUE}, bus="b")
    (body,) = received(aws, {"Time": START - 60, "Resources": ["r"]}, Arn=bus, RoleArn=ROLE)

    event = json.loads(body)
    assert event["time"] == "2027-01-15T07:59:00Z"
    assert (event["source"], event["resources"], event["detail"]) == ("app", ["r"], DETAIL)


@fact("3.5", "Ad")
@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (ApiError("ThrottlingException", "slow", 429), 3),
        (ApiError("InternalFailure", "down", 500), 3),
        (ApiError("AccessDeniedException", "no", 403), 1),
        (ApiError("StateMachineDoesNotExist", "gone"), 1),
        (ApiError("ValidationException", "bad"), 1),
    ],
)
def test_only_what_may_succeed_is_retried(aws: VirtualAws, error: ApiError, attempts: int) -> None:
    """Throttling and errors of the server."""
    aws.rented_error = error
    retry = {"MaximumRetryAttempts": 2}
    aws.rule({"Id": "1", "Arn": MACHINE, "RoleArn": ROLE, "RetryPolicy": retry})
    aws.publish()
    aws.advance(3_600)

    assert len(aws.rented) == attempts


@fact("3.5", "Ad")
def test_a_dead_letter_is_the_event_with_its_trace_header(aws: VirtualAws) -> None:
    """Not the shaped input."""
    dead = aws.queue("dead")
    target = {"Input": '"shaped"', "DeadLetterConfig": {"Arn": dead}}
    aws.rule({"Id": "1", "Arn": f"{QUEUE}-gone", **target})
    event_id = aws.publish(DETAIL, TraceHeader=TRACE)["EventId"]

    (letter,) = aws.drain(dead)
    event = json.loads(letter["Body"])
    assert (event["id"], event["detail"]) == (event_id, DETAIL)
    assert letter["Attributes"]["AWSTraceHeader"] == TRACE
    assert "EXHAUSTED_RETRY_CONDITION" not in letter["MessageAttributes"]
