"""Functions run in processes of their own under Lambda's client, and fail as they do on AWS."""

import base64
import io
import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

Aws = Callable[[str], Any]
Eventually = Callable[[Callable[[], Any]], Any]
Make = Callable[..., Callable[..., dict[str, Any]]]

ROLE = "arn:aws:iam::000000000000:role/any"
CODE = """
import os
import sys
import time

COUNT = 0


class CardRefused(Exception):
    pass


def count(event, context):
    global COUNT
    COUNT += 1
    return {"count": COUNT, "pid": os.getpid()}


def fail(event, context):
    raise CardRefused("no")


def sleep(event, context):
    time.sleep(event)
    return os.getpid()


def leave(event, context):
    os._exit(event)


def large(event, context):
    return "x" * 7_000_000


def speak(event, context):
    print("to standard output")
    os.write(2, b"to standard error\\n")
    return None


def know(event, context):
    return {
        "request": context.aws_request_id,
        "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis() <= 7_000,
    }


def own_layer(event, context):
    import in_layer
    return in_layer.VALUE
"""


def zipped(**files: str) -> bytes:
    """Returns a package."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return content.getvalue()


@pytest.fixture
def make(aws: Aws) -> Iterator[Make]:
    """Creates a function and returns what invokes it; it is deleted afterwards."""
    functions = aws("lambda")
    made: list[str] = []

    def create(handler: str, code: str = CODE, **given: Any) -> Callable[..., dict[str, Any]]:
        name = f"hosted-{handler.replace('.', '-')}"
        functions.create_function(
            FunctionName=name,
            Role=ROLE,
            Handler=handler,
            Code={"ZipFile": zipped(code=code)},
            **{"Runtime": "python3.13", "Timeout": 7, **given},
        )
        made.append(name)

        def invoke(event: Any = None) -> dict[str, Any]:
            answer = functions.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
            return {**answer, "Payload": json.loads(answer["Payload"].read())}

        return invoke

    yield create
    for name in made:
        functions.delete_function(FunctionName=name)


def test_a_warm_worker_keeps_what_its_module_holds(make: Make) -> None:
    """As on AWS, one invocation after the other uses one process."""
    invoke = make("code.count")

    answers = [invoke()["Payload"] for _ in range(3)]

    assert [one["count"] for one in answers] == [1, 2, 3]
    assert len({one["pid"] for one in answers}) == 1


def test_a_worker_survives_an_exception(make: Make) -> None:
    """Its error has name, message and stack, and the next call finds it warm."""
    invoke = make("code.fail")

    answer = invoke()

    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "CardRefused"
    assert answer["Payload"]["errorMessage"] == "no"
    assert "in fail" in answer["Payload"]["stackTrace"][-1]


def test_a_function_over_its_time_is_killed(make: Make) -> None:
    """In the words of AWS; the next call gets a new worker."""
    invoke = make("code.sleep", Timeout=1)

    answer = invoke(30)

    assert answer["Payload"]["errorType"] == "Sandbox.Timedout"
    assert answer["Payload"]["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert invoke(0)["Payload"] > 0


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "Error: Runtime exited without providing a reason"),
        (3, "Error: Runtime exited with error: exit status 3"),
    ],
)
def test_a_function_that_leaves_gives_an_error(make: Make, status: int, text: str) -> None:
    """Never a hang."""
    answer = make("code.leave")(status)

    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert answer["Payload"]["errorMessage"].endswith(text)


def test_a_worker_that_is_killed_fails_its_invocation_alone(make: Make) -> None:
    """Another one is answered, and the next call finds a new worker."""
    invoke = make("code.sleep")
    victim = invoke(0)["Payload"]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(invoke, 2)
        second = pool.submit(make("code.count"), None)
        assert second.result()["Payload"]["count"] == 1
        os.kill(victim, signal.SIGKILL)
        killed = first.result()

    assert killed["Payload"]["errorMessage"].endswith("signal: killed")
    assert invoke(0)["Payload"] != victim


@pytest.mark.parametrize(
    ("handler", "code", "error"),
    [
        ("code.handler", "import missing_module", "Runtime.ImportModuleError"),
        ("code.handler", "def handler(:", "Runtime.UserCodeSyntaxError"),
        ("code.none", "x = 1", "Runtime.HandlerNotFound"),
        ("none.handler", "x = 1", "Runtime.ImportModuleError"),
        ("code.handler", "raise ValueError('no')", "ValueError"),
    ],
)
def test_a_failed_initialization_is_the_answer(
    make: Make, handler: str, code: str, error: str
) -> None:
    """With the name that Lambda's client gives it."""
    assert make(handler, code)(None)["Payload"]["errorType"] == error


def test_a_response_that_is_too_large_is_an_error(make: Make) -> None:
    """Six megabytes."""
    answer = make("code.large")()

    assert answer["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_context_knows_its_invocation(make: Make) -> None:
    """Id, memory, ARN and the time that is left."""
    answer = make("code.know", MemorySize=256)()

    known = answer["Payload"]
    assert len(known["request"]) == 36
    assert (known["memory"], known["left"]) == ("256", True)
    assert known["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:hosted-code-know"


def test_all_lines_of_an_invocation_are_in_its_log_when_it_ends(
    aws: Aws, make: Make, eventually: Eventually
) -> None:
    """Both streams, between the platform's lines."""
    answer = make("code.speak")()

    group = {"logGroupName": "/aws/lambda/hosted-code-speak"}
    logs = aws("logs")

    def lines() -> list[str]:
        try:
            events = logs.filter_log_events(**group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"].split(" ")[0] for event in events]

    assert eventually(lines) == ["START", "to", "to", "END", "REPORT"]
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert tail == "to standard output\nto standard error\n"


def test_a_layer_can_be_imported(aws: Aws, make: Make) -> None:
    """From its folder `python`."""
    content = {"ZipFile": zipped(python__in_layer="VALUE = 'layered'")}
    layer = aws("lambda").publish_layer_version(LayerName="own", Content=content)

    invoke = make("code.own_layer", Layers=[layer["LayerVersionArn"]])

    assert invoke()["Payload"] == "layered"


def test_many_calls_at_once_are_all_answered(make: Make) -> None:
    """By a bounded number of workers."""
    invoke = make("code.sleep")

    with ThreadPoolExecutor(20) as pool:
        workers = [answer["Payload"] for answer in pool.map(invoke, [0.05] * 50)]

    assert len(workers) == 50
    assert len(set(workers)) <= 2 * (os.cpu_count() or 1) + 1
