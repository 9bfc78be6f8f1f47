"""Step Functions, which are rented, call functions, queues and buses of ours."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Aws = Callable[[str], Any]
Eventually = Callable[[Callable[[], Any]], Any]

CODE = """
class PaymentDeclined(Exception):
    pass

def handler(event, context):
    if event.get("fail") == "named":
        raise PaymentDeclined("no")
    if event.get("fail"):
        raise KeyError("other")
    return {"seen": event["n"]}
"""
NAME = "charge"
ARN = f"arn:aws:lambda:us-east-1:000000000000:function:{NAME}"
STACK = "machines"
ROLE = "arn:aws:iam::000000000000:role/any"


def machine_resources() -> dict[str, Any]:
    """Returns a state machine for each way to call a function or queue."""
    catch = [
        {"ErrorEquals": ["PaymentDeclined"], "ResultPath": "$.error", "Next": "Declined"},
        {"ErrorEquals": ["States.ALL"], "Next": "Other"},
    ]
    ends = {
        "Declined": {"Type": "Pass", "End": True},
        "Other": {"Type": "Pass", "Result": "other", "End": True},
    }
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": ARN, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "Catch": catch,
        "End": True,
    }
    direct = {"Type": "Task", "Resource": ARN, "Catch": catch, "End": True}
    each = {"Type": "Map", "ItemsPath": "$.items", "End": True}
    inner = {"StartAt": "One", "States": {"One": {"Type": "Task", "Resource": ARN, "End": True}}}
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": {"Ref": "Queue"}, "MessageBody": {"n.$": "$.n"}},
        "End": True,
    }
    definitions = {
        "Invoke": {"StartAt": "Call", "States": {"Call": invoke, **ends}},
        "Direct": {"StartAt": "Call", "States": {"Call": direct, **ends}},
        "Each": {"StartAt": "Map", "States": {"Map": {**each, "ItemProcessor": inner}}},
        "Send": {"StartAt": "Send", "States": {"Send": send}},
    }
    return {
        name: {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"StateMachineName": name, "RoleArn": ROLE, "Definition": definition},
        }
        for name, definition in definitions.items()
    }


@pytest.fixture(scope="module")
def machines(aws: Aws, eventually: Eventually) -> Iterator[None]:
    """A stack with a function, a queue and the state machines of these tests."""
    function = {
        "FunctionName": NAME,
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": CODE},
    }
    resources: dict[str, Any] = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "from-machine"}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        **machine_resources(),
    }
    stacks = aws("cloudformation")
    stacks.create_stack(StackName=STACK, TemplateBody=json.dumps({"Resources": resources}))

    def status() -> str:
        (found,) = stacks.describe_stacks(StackName=STACK)["Stacks"]
        return str(found["StackStatus"])

    eventually(lambda: status() == "CREATE_COMPLETE")
    yield
    stacks.delete_stack(StackName=STACK)


@pytest.fixture
def execute(aws: Aws, machines: None, eventually: Eventually) -> Callable[[str, Any], Any]:
    """Runs a state machine to its end and returns its output."""
    del machines
    steps = aws("stepfunctions")

    def run(name: str, given: Any) -> Any:
        arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{name}"
        execution = steps.start_execution(stateMachineArn=arn, input=json.dumps(given))

        def ended() -> Any:
            found = steps.describe_execution(executionArn=execution["executionArn"])
            return found if found["status"] != "RUNNING" else None

        found = eventually(ended)
        assert found["status"] == "SUCCEEDED", found
        return json.loads(found["output"])

    return run


@pytest.mark.parametrize("name", ["Invoke", "Direct"])
def test_a_task_returns_what_its_function_returns(execute: Any, name: str) -> None:
    """By the integration, and with the function itself as resource."""
    assert execute(name, {"n": 1}) == {"seen": 1}


@pytest.mark.parametrize("name", ["Invoke", "Direct"])
def test_an_error_is_caught_by_the_name_of_its_class(execute: Any, name: str) -> None:
    """With the error object as its cause."""
    output = execute(name, {"fail": "named"})

    assert output["error"]["Error"] == "PaymentDeclined"
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "no"


@pytest.mark.parametrize("name", ["Invoke", "Direct"])
def test_another_error_is_not(execute: Any, name: str) -> None:
    """It goes where all others go."""
    assert execute(name, {"fail": "other"}) == "other"


def test_a_definition_is_shown_as_it_was_written(aws: Aws, machines: None) -> None:
    """Intrinsic functions of the template are resolved; nothing shows how tasks wait."""
    del machines
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:"
    url = aws("sqs").get_queue_url(QueueName="from-machine")["QueueUrl"]

    for name, resource in machine_resources().items():
        described = aws("stepfunctions").describe_state_machine(stateMachineArn=arn + name)
        written = json.dumps(resource["Properties"]["Definition"])
        written = written.replace('{"Ref": "Queue"}', json.dumps(url))
        assert json.loads(described["definition"]) == json.loads(written)


def test_a_machine_made_by_the_api_knows_errors_by_their_names(aws: Aws, execute: Any) -> None:
    """And still does after an update."""
    steps, properties = aws("stepfunctions"), machine_resources()["Direct"]["Properties"]
    text = json.dumps(properties["Definition"])
    arn = steps.create_state_machine(name="by-api", definition=text, roleArn=ROLE)[
        "stateMachineArn"
    ]

    assert execute("by-api", {"fail": "named"})["error"]["Error"] == "PaymentDeclined"
    steps.update_state_machine(stateMachineArn=arn, definition=text)
    assert execute("by-api", {"fail": "named"})["error"]["Error"] == "PaymentDeclined"
    assert (
        json.loads(steps.describe_state_machine(stateMachineArn=arn)["definition"])
        == (properties["Definition"])
    )
    steps.delete_state_machine(stateMachineArn=arn)


def test_a_map_calls_a_function_for_every_item(execute: Any) -> None:
    """In the order of the items."""
    items = [{"n": number} for number in range(10)]

    assert execute("Each", {"items": items}) == [{"seen": number} for number in range(10)]


def test_a_message_reaches_a_queue_of_ours(aws: Aws, execute: Any) -> None:
    """An object as body becomes JSON."""
    output = execute("Send", {"n": 7})

    url = aws("sqs").get_queue_url(QueueName="from-machine")["QueueUrl"]
    (message,) = aws("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    assert message["MessageId"] == output["MessageId"]
    assert json.loads(message["Body"]) == {"n": 7}
