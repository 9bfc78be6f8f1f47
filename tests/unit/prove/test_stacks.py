"""What is read off a template: functions, what starts them, and what they are told."""

from pathlib import Path

import pytest

from trunklab.errors import TemplateError, UsageError
from trunklab.settings import REPOSITORY
from trunklab.testing import template_stack
from trunklab.testing.lambda_events import HttpRequest
from trunklab.testing.template_stack import Function

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    CodeUri: src
    Timeout: 7
    Environment: {Variables: {SHARED: all, BOTH: all}}
Resources:
  Queue: {Type: "AWS::SQS::Queue"}
  Take:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.take
      Environment: {Variables: {BOTH: own}}
      Events: {Any: EVENT}
"""


def read(folder: Path, event: str) -> Function:
    """Read a template whose function is started by that."""
    (folder / "src").mkdir()
    (folder / "template.yaml").write_text(TEMPLATE.replace("EVENT", event))
    (function,) = template_stack.read(folder / "template.yaml").functions
    return function


def test_globals_hold_unless_the_function_says_otherwise(tmp_path: Path) -> None:
    """Of its environment, variable by variable, as SAM has it."""
    function = read(tmp_path, "{Type: Schedule, Properties: {Schedule: rate(1 minute)}}")

    assert function.variables == {"SHARED": "all", "BOTH": "own"}
    assert (function.handler, function.timeout_s) == ("app.take", 7)
    assert function.folder == tmp_path / "src"
    assert function.is_scheduled


@pytest.mark.parametrize(
    ("properties", "batch_size"),
    [("Queue: !GetAtt Queue.Arn", 10), ("Queue: !GetAtt Queue.Arn, BatchSize: 3", 3)],
)
def test_a_queue_starts_a_function_with_batches(
    tmp_path: Path, properties: str, batch_size: int
) -> None:
    """Of ten, unless it says otherwise."""
    function = read(tmp_path, f"{{Type: SQS, Properties: {{{properties}}}}}")

    assert (function.queue, function.batch_size) == ("Queue", batch_size)


@pytest.mark.parametrize(
    "queue", ["arn:aws:sqs:us-east-1:000000000000:q", "!Ref Nobody", "!GetAtt Take.Arn"]
)
def test_a_queue_of_another_stack_is_refused(tmp_path: Path, queue: str) -> None:
    """Nothing could be made of it here."""
    with pytest.raises(TemplateError, match="its queue is not in this template"):
        read(tmp_path, f"{{Type: SQS, Properties: {{Queue: {queue}}}}}")


def test_a_request_finds_its_function_by_the_route(tmp_path: Path) -> None:
    """With the variables of its path."""
    function = read(tmp_path, "{Type: HttpApi, Properties: {Method: get, Path: '/a/{id}'}}")

    event = HttpRequest("GET", "/a/7?x=1", {"X-Key": "k"}).delivered(function, "r-1")

    assert event["pathParameters"] == {"id": "7"}
    assert event["queryStringParameters"] == {"x": "1"}
    assert event["headers"]["x-key"] == "k"
    assert event["requestContext"]["requestId"] == "r-1"


@pytest.mark.parametrize("request_line", [("POST", "/a/7"), ("GET", "/b"), ("GET", "/a/7/8")])
def test_a_request_without_a_route_is_wrong_usage(
    tmp_path: Path, request_line: tuple[str, str]
) -> None:
    """The gateway would not call the function."""
    function = read(tmp_path, "{Type: HttpApi, Properties: {Method: GET, Path: '/a/{id}'}}")
    request = HttpRequest(*request_line, headers={})

    assert not request.fits(function)
    with pytest.raises(UsageError, match="has no route"):
        request.delivered(function, "r-1")


def test_every_function_of_the_services_is_read() -> None:
    """And every one is started by something."""
    for path in (REPOSITORY / "services").glob("*/template.yaml"):
        for function in template_stack.read(path).functions:
            assert function.queue or function.routes or function.is_scheduled
