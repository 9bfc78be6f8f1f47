"""Stacks at the endpoint: our resources are created, changed, rolled back and deleted in place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Aws = Callable[[str], Any]
Eventually = Callable[[Callable[[], Any]], Any]
Deploy = Callable[..., str]

QUEUE: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stacked"}}
BUS: dict[str, Any] = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "stacked"}}
RULE: dict[str, Any] = {
    "Type": "AWS::Events::Rule",
    "Properties": {
        "Name": "stacked",
        "EventBusName": {"Ref": "Bus"},
        "EventPattern": {"source": ["first"]},
        "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
    },
}
POLICY: dict[str, Any] = {
    "Type": "AWS::SQS::QueuePolicy",
    "Properties": {
        "Queues": [{"Ref": "Queue"}],
        "PolicyDocument": {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}},
            }
        },
    },
}
WHOLE = {"Bus": BUS, "Queue": QUEUE, "Rule": RULE, "Policy": POLICY}
OUTPUTS = {"Queue": {"Value": {"Ref": "Queue"}}, "Rule": {"Value": {"Fn::GetAtt": ["Rule", "Arn"]}}}


def with_pattern(pattern: dict[str, Any]) -> dict[str, Any]:
    """Returns the rule with another pattern."""
    return {**RULE, "Properties": {**RULE["Properties"], "EventPattern": pattern}}


@pytest.fixture
def deploy(aws: Aws, eventually: Eventually) -> Any:
    """Creates or updates the stack `stacked` and returns how it ended; it is deleted afterwards."""
    stacks = aws("cloudformation")
    settled = ("_COMPLETE", "_FAILED")

    def status() -> str:
        (found,) = stacks.describe_stacks(StackName="stacked")["Stacks"]
        state = str(found["StackStatus"])
        return state if state.endswith(settled) and "CLEANUP" not in state else ""

    def run(resources: dict[str, Any], outputs: dict[str, Any] | None = None, **more: Any) -> str:
        body = json.dumps({"Resources": resources, "Outputs": outputs or {}, **more})
        request = {"StackName": "stacked", "TemplateBody": body}
        try:
            stacks.create_stack(**request)
        except stacks.exceptions.AlreadyExistsException:
            stacks.update_stack(**request)
        return str(eventually(status))

    yield run
    stacks.delete_stack(StackName="stacked")
    eventually(lambda: not aws("sqs").list_queues(QueueNamePrefix="stacked").get("QueueUrls"))


def outputs(aws: Aws) -> dict[str, str]:
    """Returns the outputs of the stack."""
    (found,) = aws("cloudformation").describe_stacks(StackName="stacked")["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


def bodies(aws: Aws, url: str) -> list[str]:
    """Returns the bodies of the messages that arrive soon."""
    answer = aws("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
    return [json.loads(message["Body"])["source"] for message in answer.get("Messages", [])]


def publish(aws: Aws, source: str) -> None:
    """Publishes an event on the stack's bus."""
    entry = {"Source": source, "DetailType": "d", "Detail": "{}", "EventBusName": "stacked"}
    aws("events").put_events(Entries=[entry])


def test_resources_refer_to_each_other_and_events_arrive(aws: Aws, deploy: Deploy) -> None:
    """Names, ARNs and the queue's policy."""
    assert deploy(WHOLE, OUTPUTS) == "CREATE_COMPLETE"

    publish(aws, "first")

    found = outputs(aws)
    assert found["Rule"] == "arn:aws:events:us-east-1:000000000000:rule/stacked/stacked"
    assert bodies(aws, found["Queue"]) == ["first"]


def test_an_update_changes_a_resource_in_place(aws: Aws, deploy: Deploy) -> None:
    """The queue and its messages stay."""
    deploy(WHOLE, OUTPUTS)
    publish(aws, "first")

    state = deploy({**WHOLE, "Rule": with_pattern({"source": ["second"]})}, OUTPUTS)

    publish(aws, "second")
    publish(aws, "first")
    assert state == "UPDATE_COMPLETE"
    assert sorted(bodies(aws, outputs(aws)["Queue"])) == ["first", "second"]


def test_an_update_that_fails_is_rolled_back(aws: Aws, deploy: Deploy) -> None:
    """The old pattern works on, and the reason is AWS's."""
    deploy(WHOLE, OUTPUTS)

    state = deploy({**WHOLE, "Rule": with_pattern({"source": []})}, OUTPUTS)

    publish(aws, "first")
    events = aws("cloudformation").describe_stack_events(StackName="stacked")["StackEvents"]
    reasons = [one.get("ResourceStatusReason", "") for one in events]
    assert state == "UPDATE_ROLLBACK_COMPLETE"
    assert any("Empty arrays are not allowed" in reason for reason in reasons)
    assert bodies(aws, outputs(aws)["Queue"]) == ["first"]


def test_a_creation_that_fails_leaves_nothing(aws: Aws, deploy: Deploy) -> None:
    """What was created before is deleted."""
    state = deploy({**WHOLE, "Rule": with_pattern({"source": []})})

    names = [one["Name"] for one in aws("events").list_event_buses()["EventBuses"]]
    assert state == "ROLLBACK_COMPLETE"
    assert "stacked" not in names
    assert "QueueUrls" not in aws("sqs").list_queues(QueueNamePrefix="stacked")


def test_what_left_the_template_is_deleted(aws: Aws, deploy: Deploy) -> None:
    """And only that."""
    deploy(WHOLE)

    deploy({"Bus": BUS, "Queue": QUEUE})

    assert aws("events").list_rules(EventBusName="stacked")["Rules"] == []
    assert aws("sqs").list_queues(QueueNamePrefix="stacked")["QueueUrls"]


def test_a_changed_name_replaces_a_resource(aws: Aws, deploy: Deploy) -> None:
    """The old one is deleted afterwards."""
    deploy({"Queue": QUEUE})

    deploy({"Queue": {**QUEUE, "Properties": {"QueueName": "stacked-anew"}}})

    urls = aws("sqs").list_queues(QueueNamePrefix="stacked")["QueueUrls"]
    assert [url.rpartition("/")[2] for url in urls] == ["stacked-anew"]


def test_a_resource_without_a_name_gets_one_of_its_stack(aws: Aws, deploy: Deploy) -> None:
    """As CloudFormation composes it."""
    deploy({"Queue": {"Type": "AWS::SQS::Queue"}}, {"Queue": {"Value": {"Ref": "Queue"}}})

    name = outputs(aws)["Queue"].rpartition("/")[2]

    assert name.startswith("stacked-Queue-")


def test_types_and_template_are_shown_as_they_were_given(aws: Aws, deploy: Deploy) -> None:
    """How they run here is nobody's business."""
    deploy({"Queue": QUEUE, "Bus": BUS})
    stacks = aws("cloudformation")

    listed = stacks.describe_stack_resources(StackName="stacked")["StackResources"]
    template = stacks.get_template(StackName="stacked")["TemplateBody"]

    assert {one["ResourceType"] for one in listed} == {"AWS::SQS::Queue", "AWS::Events::EventBus"}
    assert template["Resources"]["Queue"] == QUEUE


def test_a_type_that_nobody_handles_is_refused_by_its_name(deploy: Deploy) -> None:
    """Before anything is created."""
    with pytest.raises(ClientError, match="AWS::EC2::Nonsense"):
        deploy({"Queue": QUEUE, "Thing": {"Type": "AWS::EC2::Nonsense"}})


def test_sam_is_translated_at_the_endpoint(aws: Aws, deploy: Deploy) -> None:
    """A function with its queue, as `sam deploy` sends them."""
    queue_arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "FunctionName": "stacked",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": "def handler(event, context):\n    return event['Records'][0]['body']\n",
            "Events": {"Q": {"Type": "SQS", "Properties": {"Queue": queue_arn}}},
        },
    }

    state = deploy({"Queue": QUEUE, "F": function}, Transform="AWS::Serverless-2016-10-31")

    payload = json.dumps({"Records": [{"body": "done"}]})
    answer = aws("lambda").invoke(FunctionName="stacked", Payload=payload)["Payload"].read()
    mappings = aws("lambda").list_event_source_mappings(FunctionName="stacked")
    assert state == "CREATE_COMPLETE"
    assert json.loads(answer) == "done"
    assert len(mappings["EventSourceMappings"]) == 1
