"""Runtime API, environment and errors of functions as in chapters 6.1 to 6.3 of the reference."""

import asyncio
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from trunklab.local.delivery.steps import (
    FunctionCode,
    FunctionPublished,
    InvocationResult,
    StartInvocation,
)
from trunklab.local.functions.function_environment import Surroundings
from trunklab.local.functions.function_host import FunctionHost
from trunklab.local.functions.function_packages import FunctionPackages

fact = pytest.mark.fact
ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
REQUEST_ID = "00000000-0000-4000-8000-000000000001"
HEADER = "Root=1-6759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
CODE = """
import os
import time

CALLS = []


def environment(event, context):
    return dict(os.environ)


def context(event, context):
    names = ("function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb",
             "aws_request_id", "log_group_name", "log_stream_name")
    return {name: getattr(context, name) for name in names}


def echo(event, context):
    return event


def fail(event, context):
    raise ValueError("no")


def sleep(event, context):
    CALLS.append(event)
    time.sleep(event)
    return len(CALLS)


def leave(event, context):
    os._exit(event)


def large(event, context):
    return "x" * 6_291_557
"""


def invoke(
    folder: Path, handler: str, *events: Any, code: str = CODE, trace: str | None = None
) -> list[InvocationResult]:
    """Runs one invocation after the other in a host of its own."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("code.py", code)
        archive.writestr("pkg/mod.py", code)
    for name in ("home", "tmp", "code"):
        (folder / name).mkdir()

    async def fetch(_bucket: str, _key: str) -> bytes:
        raise AssertionError("the package is in the request")

    configuration = {
        "FunctionName": "f",
        "FunctionArn": ARN,
        "Version": "$LATEST",
        "Runtime": "python3.13",
        "Timeout": 1,
        "MemorySize": 256,
        "Handler": handler,
        "Environment": {"Variables": {"OWN": "own"}},
    }
    published = FunctionPublished("revision", configuration, FunctionCode(content.getvalue()))

    async def run() -> list[InvocationResult]:
        packages = FunctionPackages(folder / "code", fetch)
        own = Surroundings(folder, "http://127.0.0.1:9", "key", "", kernel_answers=True)
        host = FunctionHost(own, packages, lambda *_lines: None, lambda _segment: None)
        host.start()
        host.publish(published)
        try:
            return [
                await host.run(
                    StartInvocation(
                        *(str(number), REQUEST_ID, ARN, "revision"),
                        *(json.dumps(event).encode(), trace),
                    )
                )
                for number, event in enumerate(events)
            ]
        finally:
            await host.close()

    return asyncio.run(run())


def failure(result: InvocationResult) -> tuple[str, str]:
    """Returns type and message of an error; raises AssertionError if there is none."""
    assert result.function_error == "Unhandled"
    error = json.loads(result.payload)
    return error["errorType"], error["errorMessage"]


@fact("6.1", "Ap")
@pytest.mark.parametrize("handler", ["code.echo", "pkg/mod.echo", "pkg.mod.echo"])
def test_events_reach_the_handler_and_its_answers_the_caller(tmp_path: Path, handler: str) -> None:
    """Handlers are named with dots or slashes; what is not ASCII is not escaped."""
    events = [None, {"ä": "\U0001f600"}, [1, 2.5]]

    results = invoke(tmp_path, handler, *events)

    assert [json.loads(result.payload) for result in results] == events
    assert rb"\u" not in results[1].payload


@fact("6.2", "As")
def test_a_function_has_the_variables_of_lambda(tmp_path: Path) -> None:
    """And its own."""
    (result,) = invoke(tmp_path, "code.environment", None, trace=HEADER)

    found = json.loads(result.payload)
    assert found.keys() >= {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "PATH"),
        *("LAMBDA_TASK_ROOT", "PYTHONPATH", "PWD"),
    }
    expected = {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
        "_HANDLER": "code.environment",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "TZ": ":UTC",
        "OWN": "own",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["_X_AMZN_TRACE_ID"].startswith(HEADER.partition(";")[0])


@fact("6.2", "As")
def test_a_context_describes_its_invocation(tmp_path: Path) -> None:
    """The ARN has no suffix for an unqualified call; the memory is a string."""
    (result,) = invoke(tmp_path, "code.context", None)

    found = json.loads(result.payload)
    assert "/[$LATEST]" in found.pop("log_stream_name")
    assert found == {
        "function_name": "f",
        "function_version": "$LATEST",
        "invoked_function_arn": ARN,
        "memory_limit_in_mb": "256",
        "aws_request_id": REQUEST_ID,
        "log_group_name": "/aws/lambda/f",
    }


@fact("6.3", "As")
def test_an_exception_has_type_message_request_and_stack(tmp_path: Path) -> None:
    """Exactly these members."""
    (result,) = invoke(tmp_path, "code.fail", None)

    error = json.loads(result.payload)
    assert failure(result) == ("ValueError", "no")
    assert error.keys() == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert error["requestId"] == REQUEST_ID


@fact("6.3", "As")
def test_a_function_over_its_time_loses_its_environment(tmp_path: Path) -> None:
    """Two decimals; the next call starts anew."""
    before, late, after = invoke(tmp_path, "code.sleep", 0, 30, 0)

    text = f"RequestId: {REQUEST_ID} Error: Task timed out after 1.00 seconds"
    assert failure(late) == ("Sandbox.Timedout", text)
    assert json.loads(late.payload).keys() == {"errorType", "errorMessage"}
    assert (before.payload, after.payload) == (b"1", b"1")


@fact("6.3", "As")
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "Runtime exited without providing a reason"),
        (127, "Runtime exited with error: exit status 127"),
    ],
)
def test_a_process_that_exits_is_an_error(tmp_path: Path, status: int, text: str) -> None:
    """With its status."""
    (result,) = invoke(tmp_path, "code.leave", status)

    expected = f"RequestId: {REQUEST_ID} Error: {text}"
    assert failure(result) == ("Runtime.ExitError", expected)


@fact("6.3", "As")
def test_a_response_over_six_megabytes_is_an_error(tmp_path: Path) -> None:
    """In the words of Lambda."""
    (result,) = invoke(tmp_path, "code.large", None)

    assert failure(result) == (
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    )


@fact("6.3", "As")
@pytest.mark.parametrize(
    ("handler", "code", "kind", "text"),
    [
        (
            *("code.handler", "import missing", "Runtime.ImportModuleError"),
            "Unable to import module 'code': No module named 'missing'",
        ),
        (
            *("code.none", "x = 1", "Runtime.HandlerNotFound"),
            "Handler 'none' missing on module 'code'",
        ),
        ("code.handler", "raise ValueError('no')", "ValueError", "no"),
    ],
)
def test_an_error_of_the_initialization_is_the_answer(
    tmp_path: Path, handler: str, code: str, kind: str, text: str
) -> None:
    """With the name that the runtime gives it."""
    (result,) = invoke(tmp_path, handler, None, code=code)

    assert failure(result) == (kind, text)
